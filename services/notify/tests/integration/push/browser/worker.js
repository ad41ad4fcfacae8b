// What the app does with a push: it shows that there is news, and says that it came (POST /v1/notices/{id}/seen).
addEventListener("push", (event) => event.waitUntil(show(event.data.json())));

async function show({ notice, kind }) {
  await registration.showNotification("Có cập nhật mới", { tag: notice, data: { kind } });
  const shown = await registration.getNotifications({ tag: notice });
  const told = { notice, kind, shown: shown.map(({ title, tag }) => ({ title, tag })) };
  await fetch("/told/seen", { method: "POST", body: JSON.stringify(told) });
}

// Web push as other people's libraries do it.
// node web-push.mjs decrypt <file>: prints what a body says; the file holds it and the browser's keys, in base64url.
// node web-push.mjs encrypt <file>: prints the request of a message; the file holds the subscription and the VAPID keys.
import { createECDH } from "node:crypto";
import { readFileSync } from "node:fs";
import ece from "http_ece";
import webPush from "web-push";

const [, , what, file] = process.argv;
const told = JSON.parse(readFileSync(file, "utf8"));

if (what === "decrypt") {
  const privateKey = createECDH("prime256v1");
  privateKey.setPrivateKey(told.key, "base64url");
  const body = Buffer.from(told.body, "base64url");
  process.stdout.write(ece.decrypt(body, { version: "aes128gcm", privateKey, authSecret: told.auth }));
} else {
  const { subscription, payload, topic, vapid } = told;
  const made = webPush.generateRequestDetails(subscription, payload, {
    TTL: 60,
    contentEncoding: "aes128gcm",
    topic,
    urgency: "high",
    vapidDetails: vapid,
  });
  console.log(JSON.stringify({ headers: made.headers, body: made.body.toString("base64url") }));
}

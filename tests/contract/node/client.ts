// A front end as somebody would write it: it compiles against the types made of the descriptions, and only then is the
// test green. Each `@ts-expect-error` is a mistake that the types must catch.
import createClient from "openapi-fetch";
import type { paths as Intake } from "./made/intake";
import type { paths as Notify } from "./made/notify";
import type { paths as Reports } from "./made/reports";
import type { paths as Routing } from "./made/routing";

const intake = createClient<Intake>({ baseUrl: "http://127.0.0.1:8001" });
const routing = createClient<Routing>({ baseUrl: "http://127.0.0.1:8002" });
const notify = createClient<Notify>({ baseUrl: "http://127.0.0.1:8003" });
const reports = createClient<Reports>({ baseUrl: "http://127.0.0.1:8004" });
const key = { header: { "Idempotency-Key": '"one"' } };

export async function ask(): Promise<string> {
  const { data, error } = await intake.POST("/v1/requests", {
    params: key,
    body: { channel: "HOTLINE", person: { phone: "0912 345 678", language: "hmn" } },
  });
  if (error) return advice(error);
  return data.receipt_code_spoken;
}

export async function takeUp(case_id: string): Promise<string | null> {
  const { data, error } = await routing.POST("/v1/cases/{case_id}/accept", { params: { path: { case_id }, ...key } });
  return error ? advice(error) : data.due_at;
}

export async function owed(): Promise<string[]> {
  const { data, error } = await notify.GET("/v1/callbacks", { params: { query: { limit: 10 } } });
  return error ? [advice(error)] : data.notices.map((notice) => notice.case_id);
}

export async function counted(): Promise<number | string> {
  const { data, error } = await reports.GET("/v1/summary", { params: { query: { group_by: "province" } } });
  if (error) return advice(error);
  return typeof data === "string" ? "CSV, which nobody asked for" : data.groups.length;
}

// every answer that is no success is a problem, whatever its status: its detail says what to mend
function advice(problem: { title: string; status: number; detail?: string; errors?: { pointer: string }[] }): string {
  return problem.detail ?? problem.title;
}

// @ts-expect-error - without an Idempotency-Key
void intake.POST("/v1/requests", { body: { channel: "HOTLINE" } });
// @ts-expect-error - a channel that there is not
void intake.POST("/v1/requests", { params: key, body: { channel: "FAX" } });
// @ts-expect-error - a field that there is not
void intake.POST("/v1/requests", { params: key, body: { channel: "HOTLINE", telephone: "0912 345 678" } });
// @ts-expect-error - a path that there is not
void routing.GET("/v1/case/{case_id}", { params: { path: { case_id: "" } } });
// @ts-expect-error - a decision that there is not
void notify.POST("/v1/notices/{notice_id}/decision", { params: { path: { notice_id: "" }, ...key }, body: { decision: "wait" } });

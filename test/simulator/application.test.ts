import { describe, expect, it } from "vitest";
import { Application, type Call } from "./application.ts";

function ask(application: Application, wish: string, body: Call["body"] = {}) {
  const [method = "", target = ""] = wish.split(" ");
  const { pathname: path, searchParams: query } = new URL(target, "http://simulator");
  return application.call({ method, path, query, body });
}

describe("Application", () => {
  it.each([
    ["GET /ticket/5", { ticket: { id: 5, subject: "Ticket 5", status: "open", userId: 5 } }],
    ["GET /support/ticket", { total: 40, page: 1 }],
    ["GET /invoice/2", { invoice: { id: 2, amount: 20, paid: false } }],
    ["GET /package/3", { package: { id: 3 } }],
    ["GET /user/getuser?id=4", { user: { id: 4, email: "user4@example.org" } }],
    ["GET /user/validateuser", { valid: true }],
    ["GET /users/usersonline", { online: 3 }],
    ["GET /report/7", { report: "7", rows: 12 }],
    ["GET /ticket/99", { error: "There is no ticket 99." }],
    ["GET /ticket/x", { error: "There is no ticket NaN." }],
    ["PUT /ticket/99", { error: "There is no ticket 99." }],
    ["DELETE /ticket/99", { error: "There is no ticket 99." }],
    ["GET /invoice/99/pay", { error: "There is no invoice 99." }],
    ["GET /nothing/1", { error: "There is no /nothing/1 here." }],
    ["GET /", { error: "There is no / here." }],
  ])("answers %s", (wish, result) => {
    expect(ask(new Application(), wish)).toMatchObject(result);
  });

  it("adds, changes and deletes, so that a later GET tells", () => {
    const application = new Application();
    expect(ask(application, "POST /ticket", { subject: "new" })).toMatchObject({ id: 41 });
    ask(application, "PUT /ticket/41", { status: "closed" });
    expect(ask(application, "GET /ticket/41")).toEqual({
      ticket: { id: 41, subject: "new", status: "closed" },
    });
    expect(ask(application, "DELETE /ticket/41")).toEqual({ deleted: 41 });
    expect(ask(application, "GET /ticket/41")).toEqual({ error: "There is no ticket 41." });
  });

  it.each([
    { query: "", total: 40, first: 1, count: 10 },
    { query: "?page=4", total: 40, first: 31, count: 10 },
    { query: "?page=2&limit=30", total: 40, first: 31, count: 10 },
    { query: "?page=5", total: 40, first: undefined, count: 0 },
    { query: "?limit=1000", total: 40, first: 1, count: 40 },
    { query: "?limit=-5&page=-1", total: 40, first: 1, count: 1 },
    { query: "?limit=x&page=x", total: 40, first: 1, count: 10 },
    { query: "?status=closed", total: 13, first: 3, count: 10 },
    { query: "?userId=7&status=open", total: 3, first: 7, count: 3 },
    { query: "?subject=none", total: 40, first: 1, count: 10 },
  ])("lists tickets by pages of ten: $query", ({ query, total, first, count }) => {
    const listed = ask(new Application(), `GET /ticket${query}`) as {
      total: number;
      tickets: { id: number }[];
    };
    expect([listed.total, listed.tickets[0]?.id, listed.tickets.length]).toEqual([
      total,
      first,
      count,
    ]);
  });

  it("pays invoices by GET, and counts each payment, though none of an invoice that is not there", () => {
    const application = new Application();
    ask(application, "GET /invoice/1/pay");
    ask(application, "GET /invoice/1/pay");
    ask(application, "GET /invoice/99/pay");
    expect(application.payments).toBe(2);
    expect(ask(application, "GET /invoice/1")).toMatchObject({ invoice: { paid: true } });
  });

  it("reset() restores its data", () => {
    const application = new Application();
    ask(application, "GET /invoice/1/pay");
    ask(application, "DELETE /ticket/1");
    application.reset();
    expect(application.payments).toBe(0);
    expect(ask(application, "GET /invoice/1")).toMatchObject({ invoice: { paid: false } });
    expect(ask(application, "GET /ticket/1")).toMatchObject({ ticket: { id: 1 } });
  });
});

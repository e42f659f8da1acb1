import { Entities, KINDS, type Kind } from "./entities.ts";

/** One call of the application, its key and base path aside. */
export interface Call {
  readonly method: string;
  /** `/ticket/5`, without a closing slash. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
}

/** Members of the answer beside the envelope's own; `error` where the application says no, under status 200. */
export type Result = { readonly error: string } | Readonly<Record<string, unknown>>;

/** The application behind the API: what it keeps, and what its calls do to it. */
export class Application {
  #entities = new Entities();
  /** Invoices paid by a GET. */
  payments = 0;

  reset(): void {
    this.#entities = new Entities();
    this.payments = 0;
  }

  call(call: Call): Result {
    const [first = "", second, third] = call.path.split("/").filter((part) => part !== "");
    const kind = kindOf(first === "support" ? (second ?? "") : first);
    if (first === "report") return { report: second ?? "", rows: 12 };
    if (call.path === "/users/usersonline") return { online: 3 };
    if (call.path === "/user/validateuser") return { valid: true };
    if (call.path === "/user/getuser") return this.#one("user", Number(call.query.get("id")));
    if (kind === undefined) return { error: `There is no ${call.path} here.` };
    if (kind === "invoice" && third === "pay") return this.#pay(Number(second));
    const id = first === "support" ? undefined : second;
    return id === undefined ? this.#many(kind, call) : this.#single(kind, Number(id), call);
  }

  #single(kind: Kind, id: number, { method, body }: Call): Result {
    if (method === "PUT") {
      const changed = this.#entities.change(kind, id, body);
      return changed ? { [kind]: changed } : none(kind, id);
    }
    if (method === "DELETE")
      return this.#entities.remove(kind, id) ? { deleted: id } : none(kind, id);
    return this.#one(kind, id);
  }

  #many(kind: Kind, { method, query, body }: Call): Result {
    if (method === "POST") {
      const added = this.#entities.add(kind, body);
      return { id: added.id, [kind]: added };
    }
    const where = new Map([...query].filter(([name]) => name === "status" || name === "userId"));
    const page = Math.max(1, Number(query.get("page")) || 1);
    const limit = Math.min(100, Math.max(1, Number(query.get("limit")) || 10));
    const { total, items } = this.#entities.list(kind, { page, limit, where });
    return { total, page, [`${kind}s`]: items };
  }

  #one(kind: Kind, id: number): Result {
    const found = this.#entities.get(kind, id);
    return found ? { [kind]: found } : none(kind, id);
  }

  #pay(id: number): Result {
    const invoice = this.#entities.change("invoice", id, { paid: true });
    if (!invoice) return none("invoice", id);
    this.payments += 1;
    return { invoice };
  }
}

function none(kind: Kind, id: number): Result {
  return { error: `There is no ${kind} ${id}.` };
}

function kindOf(name: string): Kind | undefined {
  return KINDS.find((kind) => name === kind || name === `${kind}s`);
}

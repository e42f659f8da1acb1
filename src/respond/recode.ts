import { pipeline } from "node:stream";
import { chooseCoding } from "../http/accept-encoding.ts";
import { codedTag, entityTags, plainTags, sameWeakly } from "../http/entity-tag.ts";
import { fieldLines, fieldValue, withField } from "../http/fields.ts";
import { encode, encoder } from "./encode.ts";
import { mayBeRecoded, negotiatedFields } from "./negotiated.ts";
import { withBody, type Answer, type Asking } from "./answer.ts";

/**
 * An answer that passes through, in a coding that the client accepts where the upstream had coded it; one that came
 * without coding passes as it came. A stream still streams: each chunk leaves as it comes.
 */
export function recode(answer: Answer, request: Asking): Answer | Promise<Answer> {
  // What is stored was answered in a form of its own.
  if (answer.wasCoded === undefined) return answer;
  if (answer.status === 304) return withClientsTag(answer, request);
  if (!answer.wasCoded || !mayBeRecoded(answer)) return answer;
  const coding = chooseCoding(fieldValue(request.fields, "accept-encoding"));
  const fields = negotiatedFields(answer.fields, coding);
  const { body } = answer;
  if (coding === "identity" || request.method === "HEAD" || body === null) {
    return { ...answer, fields };
  }
  if (!(body instanceof Uint8Array)) {
    // The error is the reader's to see, on the stream that it holds; it may have gone by then.
    const coded = pipeline(body, encoder(coding), () => {}).on("error", () => {});
    return { ...answer, fields, body: coded };
  }
  return withBody({ ...answer, fields }, encode(body, coding));
}

/**
 * The origin knows its own entity tag alone, so that it was asked with that. The client's cache looks for the tag
 * that it sent: "that strong validator identifies the selected representation" (RFC 9111 section 4.3.4).
 */
function withClientsTag(answer: Answer, { fields }: Asking): Answer {
  const tag = fieldLines(answer.fields, "etag")[0];
  if (tag === undefined) return answer;
  const sent = entityTags(fieldValue(fields, "if-none-match") ?? "");
  const would = codedTag(tag, chooseCoding(fieldValue(fields, "accept-encoding")));
  const held = sent.includes(would) ? would : sent.find((one) => sameWeakly(plainTags(one), tag));
  if (held === undefined || held === tag) return answer;
  return { ...answer, fields: withField(answer.fields, "ETag", held) };
}

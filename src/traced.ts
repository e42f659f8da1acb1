import type { StepName, StepsTrace } from "./ports/tracing.ts";

/** Does a step's work within the exchange's trace; where nobody traces, just the work. @throws what the work throws. */
export async function traced<Result>(
  { trace }: { readonly trace?: Pick<StepsTrace, "step"> },
  name: StepName,
  work: () => Promise<Result>,
): Promise<Result> {
  if (!trace) return work();
  const step = trace.step(name);
  try {
    const result = await work();
    step.end({});
    return result;
  } catch (error) {
    step.end({ error });
    throw error;
  }
}

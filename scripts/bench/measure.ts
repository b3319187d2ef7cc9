// Ratios, not seconds: each figure stands beside a baseline taken in the same run, since machines differ and are noisy.

export interface Figure {
  readonly bench: string;
  readonly what: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly baseline: string;
  readonly baselineP50Ms: number;
  /** p50 divided by the baseline's. */
  readonly ratio: number;
  readonly n: number;
}

/** Milliseconds of each of `n` runs, one after the other. */
export async function times(n: number, run: (index: number) => Promise<unknown>): Promise<readonly number[]> {
  const taken: number[] = [];
  for (let index = 0; index < n; index += 1) {
    const started = performance.now();
    await run(index);
    taken.push(performance.now() - started);
  }
  return taken;
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One JSON object a line. */
export function print(
  name: { readonly bench: string; readonly what: string; readonly baseline: string },
  taken: { readonly mine: readonly number[]; readonly base: readonly number[] },
): void {
  const p50Ms = quantile(taken.mine, 0.5);
  const baselineP50Ms = quantile(taken.base, 0.5);
  const figure: Figure = {
    ...name,
    p50Ms: round(p50Ms),
    p95Ms: round(quantile(taken.mine, 0.95)),
    baselineP50Ms: round(baselineP50Ms),
    ratio: round(p50Ms / baselineP50Ms),
    n: taken.mine.length,
  };
  console.log(JSON.stringify(figure));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

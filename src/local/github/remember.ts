// Answers about named commits never change, so the latest are kept.

const KEPT = 100;

/** `key` must hold everything the answer depends on. A failed work is not kept. */
export function makeMemory<T>(): (key: string, work: () => Promise<T>) => Promise<T> {
  const known = new Map<string, Promise<T>>();
  return (key, work) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = work();
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    const oldest = known.keys().next();
    if (known.size > KEPT && oldest.done !== true) known.delete(oldest.value);
    return answer;
  };
}

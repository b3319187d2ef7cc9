// Two leaky buckets for each who calls: requests and points of complexity, an hour to run dry.

const HOUR_MS = 3_600_000;
export const LINEAR_LIMITS = { requests: 5_000, complexity: 2_000_000 };

export interface Limits {
  readonly requests: number;
  readonly complexity: number;
}

interface Bucket {
  level: number;
  atMs: number;
}

export interface Meter {
  /** Takes what a call costs; false when a bucket is too full, and then it takes nothing. */
  take(who: string, points: number): boolean;
  headers(who: string, points: number): Readonly<Record<string, string>>;
  reset(): void;
}

export function makeMeter(limits: Limits, now: () => number): Meter {
  const buckets = new Map<string, Bucket>();
  const bucketOf = (key: string, limit: number): Bucket => {
    const bucket = buckets.get(key) ?? { level: 0, atMs: now() };
    const leaked = ((now() - bucket.atMs) / HOUR_MS) * limit;
    bucket.level = Math.max(0, bucket.level - leaked);
    bucket.atMs = now();
    buckets.set(key, bucket);
    return bucket;
  };
  const both = (who: string) => ({
    requests: bucketOf(`requests ${who}`, limits.requests),
    complexity: bucketOf(`complexity ${who}`, limits.complexity),
  });
  return {
    take(who, points) {
      const { requests, complexity } = both(who);
      if (requests.level + 1 > limits.requests || complexity.level + points > limits.complexity) return false;
      requests.level += 1;
      complexity.level += points;
      return true;
    },
    headers(who, points) {
      const { requests, complexity } = both(who);
      return {
        "x-complexity": String(points),
        ...told("x-ratelimit-requests", requests, limits.requests),
        ...told("x-ratelimit-complexity", complexity, limits.complexity),
      };
    },
    reset: () => buckets.clear(),
  };
}

function told(name: string, bucket: Bucket, limit: number): Record<string, string> {
  return {
    [`${name}-limit`]: String(limit),
    [`${name}-remaining`]: String(Math.max(0, Math.floor(limit - bucket.level))),
    [`${name}-reset`]: String(Math.ceil(bucket.atMs + (bucket.level / limit) * HOUR_MS)),
  };
}

import type { Redis } from 'ioredis';

/** Lets one of all actioners run a reaction, once in its frequency. */
export interface Cooldown {
  /** True for one caller, then false for all until the time is over. */
  claim(reaction: string, forMs: number): Promise<boolean>;
}

/** For all actioners that use this Redis. While it does not answer, each actioner keeps its own count. */
export function redisCooldown(redis: Redis): Cooldown {
  const own = memoryCooldown();
  return {
    claim: async (reaction, forMs) => {
      if (forMs <= 0) return true;
      try {
        const claimed = await redis.set(`actioner:claimed:${reaction}`, '1', 'PX', forMs, 'NX');
        return claimed === 'OK';
      } catch {
        return own.claim(reaction, forMs);
      }
    },
  };
}

/** For this one process. */
export function memoryCooldown(now: () => number = Date.now): Cooldown {
  const until = new Map<string, number>();
  return {
    claim: async (reaction, forMs) => {
      if (now() < (until.get(reaction) ?? 0)) return false;
      until.set(reaction, now() + forMs);
      return true;
    },
  };
}

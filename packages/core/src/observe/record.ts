/**
 * A dictionary whose keys come from outside. Without a prototype, so that no name, not even `__proto__`, means
 * anything but itself; and a plain object, so that state stays JSON.
 */
export function emptyRecord<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

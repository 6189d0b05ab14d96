/** Whether two types are the same, not only assignable to each other. */
export type Equal<Left, Right> =
  (<Type>() => Type extends Left ? 1 : 2) extends <Type>() => Type extends Right ? 1 : 2 ? true : false;

/** Does not compile where the answer is false. */
export function holds<_Check extends true>(): void {}

holds<Equal<string, string>>();
// @ts-expect-error: one is wider
holds<Equal<string, 'text'>>();
// @ts-expect-error: `any` is not what is meant
holds<Equal<{ value: string }, { value: ReturnType<typeof JSON.parse> }>>();

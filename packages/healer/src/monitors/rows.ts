/** What `condition` of a query can ask. */
export const rowsVariables = { rows: 'dyn' } as const;

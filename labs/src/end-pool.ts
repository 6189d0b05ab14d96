import type pg from 'pg';

/**
 * node-postgres calls a pool ended while its connections are still closing. A server that is stopped just then
 * tells them so, and without a listener that ends the process of the test.
 */
export async function endPool(pool: pg.Pool | undefined): Promise<void> {
  pool?.on('error', () => {});
  await pool?.end();
}

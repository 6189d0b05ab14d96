import { attach, FaultError } from '@prunella/guard';
import { nodeHealth } from '@prunella/guard/health';
import { guardedPool, pgPool } from '@prunella/guard/pg';
import express, { type ErrorRequestHandler } from 'express';
import pg from 'pg';

const ownPool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 5 });
const guard = attach(pgPool(ownPool), { resource: 'postgres/shop', deadlineMs: 1_000 });
const pool = guardedPool(guard, ownPool);

async function listProducts(): Promise<pg.QueryResultRow[]> {
  const { rows } = await pool.query('select id, name, stock from products order by id');
  return rows;
}

async function findProduct(id: number): Promise<pg.QueryResultRow | null> {
  const { rows } = await pool.query('select id, name, stock from products where id = $1', [id]);
  return rows[0] ?? null;
}

/** The order's number, or null where there is not enough in stock. */
async function placeOrder(product: number, count: number): Promise<number | null> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const taken = await client.query('update products set stock = stock - $2 where id = $1 and stock >= $2', [
      product,
      count,
    ]);
    const placed = await client.query<{ id: number }>(
      'insert into orders (product, count) values ($1, $2) returning id',
      [product, count],
    );
    await client.query(taken.rowCount === 1 ? 'commit' : 'rollback');
    return taken.rowCount === 1 ? (placed.rows[0]?.id ?? null) : null;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}

const app = express();
app.use(express.json());

app.get('/products', async (_request, response) => {
  const { value: products } = await guard.read({ key: 'products', load: listProducts });
  response.json(products);
});

app.get('/products/:id', async (request, response) => {
  const id = Number(request.params.id);
  const { value: product } = await guard.read({ key: `product/${id}`, load: () => findProduct(id) });
  response.status(product === null ? 404 : 200).json(product);
});

app.post('/orders', async (request, response) => {
  const order = await placeOrder(Number(request.body.product), Number(request.body.count));
  response.status(order === null ? 409 : 201).json({ order });
});

app.get('/health', nodeHealth());

const onError: ErrorRequestHandler = (error, _request, response, _next) => {
  process.stderr.write(`${error}\n`);
  response.status(error instanceof FaultError ? 503 : 500).json({ error: 'something went wrong' });
};
app.use(onError);

app.listen(Number(process.env['PORT']), '127.0.0.1');

export { type TransactionOptions, transaction } from './transaction.ts';
export {
  beginTransaction,
  type OpenTransaction,
  type Transactional,
  type TransactionMode,
} from './transactional.ts';

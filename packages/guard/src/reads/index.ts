export { type ManyAnswer, type ReadManyRequest, readMany } from './read-many.ts';

export {
  blocking,
  type Listen,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionContext,
  type SubscriptionGap,
  subscribe,
} from './subscribe.ts';
export { type Closing, untilClosed } from './until-closed.ts';

import type { Mutation } from './mutation.ts';
import { DELIVERY_MUTATIONS } from './delivery/mutations.ts';
import { SPINE_MUTATIONS } from './spine/mutations.ts';

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [...SPINE_MUTATIONS, ...DELIVERY_MUTATIONS];

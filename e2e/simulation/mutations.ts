import type { Mutation } from './mutation.ts';
import { SPINE_MUTATIONS } from './spine/mutations.ts';

/** All of them. */
export const MUTATIONS: readonly Mutation[] = [...SPINE_MUTATIONS];

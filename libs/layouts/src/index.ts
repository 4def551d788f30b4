export { actorOfLine } from './actor-of-line.ts';
export { auditorium } from './auditorium.ts';
export type { ActorName, ActorRef, Layout, LayoutLines, NameOf, ObjectIdentity } from './layout.ts';
export { LAYOUT_NAMES, type LayoutName, layoutOf } from './layout-of.ts';

/** Where Nest finds what is made outside of it. */
export const DATA_SOURCE = Symbol('data-source');
export const PRODUCT = Symbol('product');

/** Where a voice message stands. Free of dependencies, for browsers. */

/** What people may say of one. */
export const messageMarks = ['new', 'heard', 'handled'] as const
export const messageStates = [...messageMarks, 'deleted'] as const

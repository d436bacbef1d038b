/** Printed before each test that is asked, a character no test prints: the last one asked is the one that failed. */
export const askedMark = '\u0001';

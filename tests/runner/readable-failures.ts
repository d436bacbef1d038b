/**
 * Preloaded into test processes. uvu prints the `details` of a thrown error as text and, when they
 * are an object, fails while it prints and shows no reason at all: here it prints them as JSON.
 */
import { register } from 'node:module';

register('./uvu-source.js', import.meta.url);

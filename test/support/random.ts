export { createRandom } from "../../src/theory/random.ts";

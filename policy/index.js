// The engine registers a type-checking TypeScript loader before it requires this folder. Being plain JavaScript that
// brings its own loader keeps type checking where it belongs, in `npm run check`, and the start of every preview short.
// The SDK comes first, because the loader looks into every file that is required after it.
require("@pulumi/policy");
require("tsx/cjs");
require("./pack.ts").serve();

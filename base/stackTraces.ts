// Imported before everything else. Without this an error that the program throws would never end the run:
// source-map-support, which Pulumi installs, writes stack frames that Node's inspect loops on for ever
// (https://github.com/nodejs/node/issues/64011). Types are stripped in place, so frames are right without it.
Object.assign(Error, { prepareStackTrace: undefined });

// Must be imported first. source-map-support, which Pulumi installs, formats stack frames on which
// Node's inspect loops forever (https://github.com/nodejs/node/issues/64011), so that an error
// would never end the run. Types are stripped in place: frames are correct without source maps.
Object.assign(Error, { prepareStackTrace: undefined });

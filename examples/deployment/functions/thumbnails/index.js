// Log which pictures have come into the bucket.
exports.handler = (event, context, callback) => {
  const { events } = JSON.parse(event.toString());
  const keys = events.map((one) => one.oss.object.key);
  console.log(`new pictures: ${keys.join(', ')}`);
  callback(null, { keys });
};

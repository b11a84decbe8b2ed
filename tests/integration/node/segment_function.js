// Runs a destination Function of Segment's, read from standard input, with what Segment's runtime has for it; prints the
// error that it ends with, if any.
'use strict'
const crypto = require('crypto')
const { readFileSync } = require('fs')

class RetryError extends Error {}

const [url, sharedSecret, events] = process.argv.slice(2)
const handlers = new Function('crypto', 'fetch', 'RetryError', `${readFileSync(0, 'utf8')}; return { onBatch, onTrack }`)
const { onBatch, onTrack } = handlers(crypto, fetch, RetryError)
const given = JSON.parse(events)
const done = given.length === 1 ? onTrack(given[0], { url, sharedSecret }) : onBatch(given, { url, sharedSecret })
done.then(() => console.log('done'), error => console.log(`${error.constructor.name}: ${error.message}`))

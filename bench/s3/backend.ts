import { createServer } from 'node:http'
import { ready } from '../http/child.ts'
import { traces } from '../mask-data.ts'

/** The store of the benchmark: one object of NDJSON, a span a line, as long as it is told to be. */
const size = Number(process.argv[2])
const document: { trace: { spans: object[] } } = JSON.parse(traces(4, 400).toString())
const lines = Buffer.from(document.trace.spans.map((span) => `${JSON.stringify(span)}\n`).join(''))
const repeats = Math.ceil(size / lines.length)
const server = createServer(async (req, res) => {
  res.writeHead(200, {
    'content-length': lines.length * repeats,
    etag: '"bench"',
    'last-modified': new Date(0).toUTCString(),
  })
  for (let i = 0; i < repeats && req.method === 'GET'; i++)
    if (!res.write(lines)) await new Promise((resolve) => res.once('drain', resolve))
  res.end()
})
server.listen(0, '127.0.0.1', () => ready(server.address()))

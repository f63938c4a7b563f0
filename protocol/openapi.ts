import { z } from 'zod'
import { tillRequest, tillResponse } from './lane.ts'
import { isTillOp, tillOperations } from './till-operations.ts'
import { tillProblem } from './till-problems.ts'

type Json = Record<string, unknown>

/** One request's answers over HTTP. */
export const tillAnswers = z.object({
  re: z.string().meta({ description: 'the request: its Idempotency-Key, else a name that the box made' }),
  answers: z
    .array(tillResponse)
    .meta({ description: 'all that the lane has said to it, in order; the last one is what was waited for' }),
})
export type TillAnswers = z.infer<typeof tillAnswers>

const toJson = (schema: z.ZodType): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, { target: 'draft-2020-12', io: 'input' }) as Json
  return json
}

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: Json): Json => ({ 'application/json': { schema } })

/** `close-day` → `CloseDay` */
const nameOf = (op: string): string =>
  op
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join('')

/** The bodies by operation: the till's requests without what HTTP says otherwise. */
function bodies(): [op: keyof typeof tillOperations, body: Json][] {
  const { oneOf = [] } = toJson(tillRequest) as { oneOf?: Json[] }
  return oneOf.map((one) => {
    const { op: said, id: _, ...properties } = one.properties as Record<string, Json>
    const op = String(said?.const)
    if (!isTillOp(op)) throw new Error(`${op} is no operation`)
    const required = (one.required as string[]).filter((field) => field !== 'op' && field !== 'id')
    const { description, ...rest } = one
    const wanted = required.length > 0 ? { required } : {}
    const { required: __, ...object } = rest
    return [op, { ...object, ...(description === undefined ? {} : { description }), properties, ...wanted }]
  })
}

const problemStatuses: Record<string, string> = {
  '400': 'not valid, or its Idempotency-Key is missing',
  '401': 'no key of a till',
  '404': 'not known: the sale, the card, the address',
  '409': 'the lane refuses it, or the key’s first request is still under way',
  '413': 'over 256 KiB',
  '422': 'the Idempotency-Key stands for another request',
  '429': 'too many requests',
  '503': 'not now: the club is away, the printer has no paper; send it again',
  '504': 'no answer in time: send it again with the same key',
}

/** What a till's own software says to a box over HTTP, as an OpenAPI 3.1 document. */
export function openApi({ version }: { version: string }): Json {
  const all = bodies()
  const problems = Object.fromEntries(
    Object.entries(problemStatuses).map(([status, description]) => [
      status,
      { description, content: { 'application/problem+json': { schema: ref('Problem') } } },
    ]),
  )
  const paths = all.map(([op, body]): [string, Json] => {
    const { title, books } = tillOperations[op]
    return [
      `/v1/${op}`,
      {
        post: {
          operationId: op,
          summary: title.en,
          ...(body.description === undefined ? {} : { description: body.description }),
          parameters: [
            { $ref: `#/components/parameters/${books ? 'IdempotencyKey' : 'IdempotencyKeyOptional'}` },
            { $ref: '#/components/parameters/Prefer' },
            { $ref: '#/components/parameters/AcceptLanguage' },
          ],
          requestBody: { required: true, content: json(ref(nameOf(op))) },
          responses: {
            '200': { description: 'answered', content: json(ref('Answers')) },
            '202': { description: 'taken; the other answers come as events', content: json(ref('Answers')) },
            ...problems,
          },
        },
      },
    ]
  })
  const key = (required: boolean): Json => ({
    name: 'Idempotency-Key',
    in: 'header',
    required,
    schema: { type: 'string', minLength: 1, maxLength: 60 },
    description:
      'A new one for each request, the same one when it is sent again: then it is answered as the first time and booked once. Kept for a week, over a restart of the box too',
  })
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vafa: a till at its lane',
      version,
      description:
        'For a till’s own software. The key says which lane it is. Amounts are integers in the currency’s smallest unit. Requests and answers are those of the lane protocol (protocol/lane.ts).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'the store’s box' }],
    security: [{ till: [] }],
    paths: {
      ...Object.fromEntries(paths),
      '/v1/events': {
        get: {
          operationId: 'events',
          summary: 'what the lane says by itself',
          description:
            'Server-sent events: taps (`member`), prompts, and answers that nobody waited for. `event` is the answer’s `op`, `data` the answer. A comment every 15 s shows that the line lives. With Last-Event-ID what was missed comes first.',
          parameters: [{ name: 'Last-Event-ID', in: 'header', schema: { type: 'string' } }],
          responses: {
            '200': { description: 'the stream', content: { 'text/event-stream': { schema: ref('TillResponse') } } },
            '401': problems['401'],
            '429': problems['429'],
          },
        },
      },
    },
    components: {
      securitySchemes: { till: { type: 'http', scheme: 'bearer', description: 'the secret of the till’s own file' } },
      parameters: {
        IdempotencyKey: key(true),
        IdempotencyKeyOptional: key(false),
        Prefer: {
          name: 'Prefer',
          in: 'header',
          schema: { type: 'string' },
          description: '`respond-async`: only the first answer is waited for. `wait=5`: seconds to wait (RFC 7240)',
        },
        AcceptLanguage: {
          name: 'Accept-Language',
          in: 'header',
          schema: { type: 'string' },
          description: '`fa` (where it is left out) or `en`, for `title` and `detail` of a problem',
        },
      },
      schemas: {
        ...Object.fromEntries(all.map(([op, body]) => [nameOf(op), body])),
        TillResponse: toJson(tillResponse),
        Answers: {
          type: 'object',
          properties: {
            re: toJson(tillAnswers.shape.re),
            answers: { type: 'array', items: ref('TillResponse') },
          },
          required: ['re', 'answers'],
        },
        Problem: (() => {
          const problem = toJson(tillProblem) as { properties: Json }
          return { ...problem, properties: { ...problem.properties, answers: { type: 'array', items: ref('TillResponse') } } }
        })(),
      },
    },
  }
}

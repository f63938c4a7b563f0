import { type Attributes, type FinishedSpan, spanKinds } from './tracer.ts'

/** `Status.code` (trace.proto): an error; left out where all went well. */
const failedCode = 2

const attributesOf = (attributes: Attributes) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: otlpValue(value) }))

function otlpValue(value: string | number | boolean) {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  // 64-bit numbers are strings in protobuf's JSON.
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

/** Milliseconds as nanoseconds; a double holds microseconds of this century. */
const nanoseconds = (ms: number): string => `${Math.round(ms * 1_000)}000`

/**
 * `ExportTraceServiceRequest` in OTLP's JSON (https://opentelemetry.io/docs/specs/otlp/, “JSON Protobuf Encoding”): names in
 * lowerCamelCase, ids in hexadecimal, enumerations as numbers.
 */
export function otlpRequest(spans: readonly FinishedSpan[], resource: Attributes): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [
          {
            scope: { name: 'vafa' },
            spans: spans.map(({ traceid, spanid, parent, name, kind, from, to, attributes, failed }) => ({
              traceId: traceid,
              spanId: spanid,
              ...(parent === undefined ? {} : { parentSpanId: parent }),
              name,
              kind: spanKinds[kind],
              startTimeUnixNano: nanoseconds(from),
              endTimeUnixNano: nanoseconds(to),
              attributes: attributesOf(attributes),
              ...(failed === undefined ? {} : { status: { code: failedCode, message: failed } }),
            })),
          },
        ],
      },
    ],
  }
}

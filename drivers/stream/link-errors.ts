import { codeOf, messageOf, VafaError } from '#runtime/errors.ts'

/** The ways a line to a device fails. All are retryable: whatever a person can plug in or set right comes back by itself. */

/** Turns what the operating system said when the line was opened into a sentence and the way out. */
export function openFailure(where: string, cause: unknown): VafaError {
  const code = codeOf(cause) ?? ''
  const text = messageOf(cause)
  const fail = (key: string, what: string, hint: string) =>
    new VafaError({ key, message: `${where}: ${what}`, hint, permanent: false, cause })

  if (/lock port|EBUSY|EADDRINUSE/.test(`${code} ${text}`))
    return fail(
      'device.busy',
      'another program has it open',
      'end the other program (`fuser -v PATH` names it), or give one of them another port',
    )
  if (/EACCES|EPERM|permission denied/i.test(`${code} ${text}`))
    return fail(
      'device.denied',
      'this user may not open it',
      'add the user to the groups that own it (`ls -l PATH`; mostly dialout, for /dev/usb/lp0 lp), then log in again or restart the service',
    )
  if (/ENOENT|no such file/i.test(`${code} ${text}`))
    return fail(
      'device.absent',
      'there is no such device',
      'plug it in and check the path; `ls /dev/serial/by-id/ /dev/serial/by-path/ /dev/usb/` shows what is there',
    )
  if (code === 'ECONNREFUSED')
    return fail('device.absent', 'nothing listens there', 'check the address and the port; network printers listen on 9100')
  if (/ENOTFOUND|EAI_AGAIN/.test(code))
    return fail('device.absent', 'this name has no address', 'check the name, or write the IP address')
  if (/ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN/.test(code))
    return fail('device.absent', 'it does not answer', 'check that it is switched on, its network cable and its address')
  return fail('device.unusable', text, 'check the path and the kind of connection in the configuration')
}

/** The device went away while it was open. */
export const gone = (where: string, cause?: unknown): VafaError =>
  new VafaError({
    key: 'device.gone',
    message: `${where}: the connection ended${cause === undefined ? '' : ` (${messageOf(cause)})`}`,
    hint: 'check its cable and its power',
    permanent: false,
    ...(cause === undefined ? {} : { cause }),
  })

/** The device is there and takes no bytes. */
export const stalled = (where: string, ms: number): VafaError =>
  new VafaError({
    key: 'device.stalled',
    message: `${where}: it took no data for ${Math.round(ms / 1_000)} s`,
    hint: 'switch it off and on; for a serial line check the flow control and the baud rate',
    permanent: false,
  })

/** The host let the device go while it was being opened. */
export const letGo = (where: string): VafaError =>
  new VafaError({ key: 'device.let-go', message: `${where}: let go before it was open`, permanent: false })

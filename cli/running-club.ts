import { reachControl } from '#club/control.ts'
import { VafaError } from '#runtime/errors.ts'

/** The club that runs; rejects with `club.absent` where none holds the socket. */
export async function reachRunningClub(control: string) {
  const club = await reachControl(control)
  if (club) return club
  throw new VafaError({
    key: 'club.absent',
    message: `no club runs that holds ${control}`,
    hint: 'start it: boxes are reached through it',
    permanent: false,
  })
}

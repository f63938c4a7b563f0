import type { Logger } from '#runtime/log.ts'
import type { Runtime } from '#runtime/runtime.ts'
import type { BoxDisk } from '../database.ts'
import { openedText } from '../sealing/seal.ts'
import { placeOf } from '../sealing/sealed-tables.ts'
import type { ExpectedFinger } from './check.ts'

/** One finger in one sensor. Whose it is the box knows by the member's id, and nothing else of the person. */
export interface LibraryFinger extends ExpectedFinger {
  epoch: string
  /** Part of the credential: the same slot is another one after each enrolment. */
  enrolmentid: string
  memberid: string
  /** The fact that told the club of it, until the club has answered. */
  fact: string | null
}

export interface LibrarySensor {
  epoch: string
  /** As which device it was last seen. */
  device: string
}

type Whose = Pick<LibraryFinger, 'enrolmentid' | 'memberid'>
/** As it lies there: whose it is is sealed. */
type SealedFinger = Omit<LibraryFinger, keyof Whose> & { whose: Buffer }

export type FingerLibrary = ReturnType<typeof openFingerLibrary>

/** What this box has put into its sensors; every change is on disk when the call returns. Sensors go by their epoch. */
export function openFingerLibrary({ database, seal, runtime, log }: BoxDisk & { runtime: Runtime; log: Logger }) {
  const columns = 'epoch, slot, whose, state, fact'
  const sensors = database.prepare<[], LibrarySensor>('SELECT epoch, device FROM finger_sensor ORDER BY at')
  const addSensor = database.prepare('INSERT OR REPLACE INTO finger_sensor (epoch, device, at) VALUES (?, ?, ?)')
  const moveSensor = database.prepare('UPDATE finger_sensor SET device = ? WHERE epoch = ?')
  const dropSensor = database.prepare('DELETE FROM finger_sensor WHERE epoch = ?')
  const dropFingers = database.prepare('DELETE FROM finger WHERE epoch = ?')
  const ofSensor = database.prepare<[string], SealedFinger>(`SELECT ${columns} FROM finger WHERE epoch = ? ORDER BY slot`)
  const all = database.prepare<[], SealedFinger>(`SELECT ${columns} FROM finger`)
  const one = database.prepare<[string, number], SealedFinger>(`SELECT ${columns} FROM finger WHERE epoch = ? AND slot = ?`)
  const begin = database.prepare(`INSERT INTO finger (epoch, slot, whose, state, consentat) VALUES (?, ?, ?, 'storing', ?)`)
  const stored = database.prepare(`UPDATE finger SET state = 'stored', fact = ? WHERE epoch = ? AND slot = ?`)
  const settle = database.prepare('UPDATE finger SET fact = NULL WHERE fact = ?')
  const deleting = database.prepare(`UPDATE finger SET state = 'deleting', fact = NULL WHERE epoch = ? AND slot = ?`)
  const drop = database.prepare('DELETE FROM finger WHERE epoch = ? AND slot = ?')

  const opened = ({ whose, ...row }: SealedFinger): LibraryFinger => {
    const text = openedText(seal, placeOf('finger', 'whose', row.epoch, row.slot), whose, log)
    // Nobody's: it keeps its slot and identifies no member.
    const { enrolmentid, memberid } = text === undefined ? { enrolmentid: '', memberid: '' } : (JSON.parse(text) as Whose)
    return { ...row, enrolmentid, memberid }
  }

  return {
    sensors: () => sensors.all(),
    addSensor: (epoch: string, device: string) => void addSensor.run(epoch, device, runtime.now()),
    seenAs: (epoch: string, device: string) => void moveSensor.run(device, epoch),
    forgetSensor: database.transaction((epoch: string) => {
      dropFingers.run(epoch)
      dropSensor.run(epoch)
    }),
    all: () => all.all().map(opened),
    of: (epoch: string) => ofSensor.all(epoch).map(opened),
    find(epoch: string, slot: number): LibraryFinger | undefined {
      const row = one.get(epoch, slot)
      return row && opened(row)
    },
    /** The member has agreed; now the finger is taken. */
    begin(finger: Pick<LibraryFinger, 'epoch' | 'slot' | 'enrolmentid' | 'memberid'> & { operator: string | undefined }): void {
      const { epoch, slot, enrolmentid, memberid, operator = null } = finger
      const whose = JSON.stringify({ enrolmentid, memberid, operator })
      begin.run(epoch, slot, seal.seal(placeOf('finger', 'whose', epoch, slot), whose), runtime.now())
    },
    stored: (epoch: string, slot: number, fact: string) => void stored.run(fact, epoch, slot),
    settle: (fact: string) => void settle.run(fact),
    deleting: database.transaction((fingers: readonly Pick<LibraryFinger, 'epoch' | 'slot'>[]) => {
      for (const { epoch, slot } of fingers) deleting.run(epoch, slot)
    }),
    drop: (epoch: string, slot: number) => void drop.run(epoch, slot),
  }
}

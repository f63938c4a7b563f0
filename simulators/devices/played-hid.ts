import type { HidSelection } from '#drivers/hid/device-selection.ts'
import type { VirtualHidDevice } from '../hid/virtual-hid.ts'

/** A device of that kind as the configuration looks for it: with its numbers, its serial number and its path. */
export function playedHid(known: VirtualHidDevice, wanted: HidSelection, name: string): VirtualHidDevice {
  const { vendor, product, serial, path } = wanted
  return {
    ...known,
    device: {
      ...known.device,
      path: path ?? `/dev/hidraw-${name}`,
      ...(vendor === undefined ? {} : { vendorId: Number.parseInt(vendor, 16) }),
      ...(product === undefined ? {} : { productId: Number.parseInt(product, 16) }),
      ...(serial === undefined ? {} : { serial }),
    },
  }
}

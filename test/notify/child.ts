/** The program of a child process that sends: with certificates that its environment vouches for, and until it is killed. */

import { channelsIn, courierOver, type CourierSetting } from "./couriers.ts";
import { deliver, type Parcel } from "../../src/notify/deliver.ts";
import { NETWORK } from "./sample.ts";
import type { Network } from "../../src/notify/network.ts";

/** Names that nobody has lead to this machine. */
const network: Network = {
  ...NETWORK,
  answerMs: 2000,
  lookup: (reach, local) => {
    const checked = NETWORK.lookup(reach, local);
    return (host, options, callback) => checked(host.endsWith(".example.com") ? "localhost" : host, options, callback);
  },
};

const methods: Readonly<Record<string, (...args: readonly never[]) => Promise<unknown>>> = {
  deliver: (parcel: Parcel) => deliver(network, parcel, Date.now(), new AbortController().signal),
  async courier(setting: CourierSetting) {
    const { courier } = await courierOver(setting, channelsIn(setting));
    courier.wake();
  },
};

process.on("message", (message: { n: number; method: string; args: readonly never[] }) => {
  const { n, method, args } = message;
  const done = async () => methods[method]?.(...args);
  done().then(
    (value) => process.send?.({ n, value }),
    (error: unknown) => process.send?.({ n, error: String(error) }),
  );
});
process.on("disconnect", () => process.exit());
process.send?.({ n: 0 });

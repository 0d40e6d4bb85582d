/** The program of a child process that sends: with certificates that its environment vouches for, and until it is killed. */

import { channelsIn, courierOver, type CourierSetting } from "./couriers.ts";
import { deliver, type Parcel } from "../../src/notify/deliver.ts";
import { NETWORK } from "./sample.ts";
import type { Network } from "../../src/notify/network.ts";
import { listen } from "../told.ts";

/** Names that nobody has lead to this machine. */
const network: Network = {
  ...NETWORK,
  answerMs: 5000,
  lookup: (reach, local) => {
    const checked = NETWORK.lookup(reach, local);
    return (host, options, callback) => checked(host.endsWith(".example.com") ? "localhost" : host, options, callback);
  },
};

listen({
  deliver: (parcel: Parcel) => deliver(network, parcel, Date.now(), new AbortController().signal),
  async courier(setting: CourierSetting) {
    const { courier } = await courierOver(setting, channelsIn(setting));
    courier.wake();
  },
});

import { connect, createServer, type Socket } from "node:net";
import { Publisher } from "zeromq";

export interface CuttableLink {
  readonly commands: string;
  /** Breaks every connection; new ones are let through again. */
  cut(): void;
  close(): Promise<void>;
}

/** A TCP link in the middle that can be cut, as a network does. */
export async function tcpProxy(endpoint: string): Promise<CuttableLink> {
  const port = Number(endpoint.split(":")[2]);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    commands: `tcp://127.0.0.1:${address.port}`,
    cut,
    close: () =>
      new Promise<void>((resolve) => {
        cut();
        server.close(() => resolve());
      }),
  };
}

export interface OwnEvents {
  readonly endpoint: string;
  /** When somebody has subscribed. */
  readonly connected: Promise<void>;
  send(topic: string, header: object, ...pixels: Buffer[]): Promise<void>;
  close(): void;
}

/** A publisher whose numbers the test writes itself. */
export async function ownEvents(): Promise<OwnEvents> {
  const socket = new Publisher({ linger: 0 });
  const connected = new Promise<void>((resolve) =>
    socket.events.on("handshake", () => setTimeout(resolve, 50)),
  );
  await socket.bind("tcp://127.0.0.1:*");
  return {
    endpoint: socket.lastEndpoint ?? "",
    connected,
    send: (topic, header, ...pixels) => socket.send([topic, JSON.stringify({ topic, ...header }), ...pixels]),
    close: () => socket.close(),
  };
}

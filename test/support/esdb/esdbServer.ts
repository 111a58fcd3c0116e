import { randomUUID } from 'node:crypto';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Server as GrpcServer, ServerCredentials, type handleClientStreamingCall, type handleServerStreamingCall, type handleUnaryCall, type sendUnaryData, type ServerReadableStream, type ServiceError } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { Empty, UUID } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { AppendReq, AppendResp, TombstoneResp, type ReadReq, type ReadResp, type TombstoneReq } from '@eventstore/db-client/generated/streams_pb';
import { esdbFailures } from './esdbFailures';
import { ANY, EsdbLog, NO_STREAM, type ProposedEvent, type WriteOutcome } from './esdbLog';
import { EsdbRead, nameOf, type ReadCall } from './esdbReads';
import { FaultPlan } from './faultPlan';

export interface EsdbServerOptions {
  readonly log?: EsdbLog;
  /** Duration of a commit; the same ids sent again meanwhile are dropped, and answered with a timeout after `dropMs`. */
  readonly commitMs?: number;
  readonly dropMs?: number;
  readonly maxAppendBytes?: number;
}

const MAX_APPEND_BYTES = 1024 * 1024;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/**
 * A server in this process that speaks the protocol of EventStoreDB 24.10 as far as an event store needs it: unary append, tombstones,
 * reads, subscriptions to the log, gossip and `/health/live`. It keeps its log over `stop` and `start`. It does not show
 * elections, replication, disks, scavenging and access rights.
 */
export class EsdbServer {
  readonly faults = new FaultPlan();
  /** Calls that were received. */
  readonly calls = { append: 0, read: 0, other: 0 };
  /** When false, the server answers "Server Is Not Ready". */
  ready = true;
  /** How the server refuses every call of the user; null while it does not. */
  refuses: 'user' | 'rights' | null = null;
  /** Address of the leader when it is another node; 'unknown' during an election. */
  leader: 'self' | 'unknown' | { readonly host: string; readonly port: number } = 'self';
  /** The members that gossip names. Without it, this server alone. */
  members: readonly { readonly host: string; readonly port: number }[] | null = null;
  log: EsdbLog;
  readonly host = '127.0.0.1';
  #port = 0;
  #net: NetServer | null = null;
  #web: HttpServer | null = null;
  #grpc: GrpcServer | null = null;
  readonly #sockets = new Set<Socket>();
  readonly #inFlight = new Set<string>();

  private constructor(private readonly options: EsdbServerOptions) {
    this.log = options.log ?? new EsdbLog();
  }

  static async start(options: EsdbServerOptions = {}): Promise<EsdbServer> {
    const server = new EsdbServer(options);
    await server.start();
    return server;
  }

  /** A server that does not run yet, and the port that it will have. */
  static async stopped(options: EsdbServerOptions = {}): Promise<EsdbServer> {
    const server = await EsdbServer.start(options);
    await server.stop();
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `esdb://${this.host}:${this.#port}?tls=false`;
  }

  /** Begins, or begins again on the same port with what the log holds. */
  async start(): Promise<void> {
    this.log.forgetRecentIds();
    this.#inFlight.clear();
    const grpc = new GrpcServer({ 'grpc.max_receive_message_length': -1 });
    grpc.addService(GossipService, { read: this.#gossip });
    const refuse: handleUnaryCall<unknown, unknown> = (_call, answer) => {
      this.calls.other += 1;
      answer(esdbFailures.unimplemented());
    };
    grpc.addService(StreamsService, { read: this.#read, append: this.#append, delete: refuse, tombstone: this.#tombstone, batchAppend: refuse });
    const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure());
    const web = createHttpServer((_request, response) => {
      response.statusCode = this.ready ? 204 : 503;
      response.end();
    });
    const net = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => undefined);
      socket.once('readable', () => {
        const first: Buffer | null = socket.read();
        if (first === null) return;
        socket.unshift(first);
        if (first.toString('latin1', 0, 3) === 'PRI') injector.injectConnection(socket);
        else web.emit('connection', socket);
      });
    });
    await new Promise<void>((resolve, reject) => {
      net.once('error', reject);
      net.listen(this.#port, this.host, resolve);
    });
    this.#port = (net.address() as AddressInfo).port;
    this.#net = net;
    this.#web = web;
    this.#grpc = grpc;
  }

  /** Ends as a killed process does; what the log holds stays. */
  async stop(): Promise<void> {
    const net = this.#net;
    if (!net) return;
    this.#net = null;
    const closed = new Promise((resolve) => net.close(resolve));
    this.cut();
    this.#grpc?.forceShutdown();
    this.#web?.close();
    this.cut();
    await closed;
  }

  /** Resets every connection; the server goes on. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  readonly #gossip: handleUnaryCall<Empty, ClusterInfo> = (_call, answer) => {
    const fault = this.faults.take('gossip');
    if (fault instanceof Error) {
      answer(fault);
      return;
    }
    const members = (this.members ?? [{ host: this.host, port: this.#port }]).map(({ host, port }) =>
      new MemberInfo()
        .setInstanceId(new UUID().setString(randomUUID()))
        .setTimeStamp('0')
        .setState(MemberInfo.VNodeState.LEADER)
        .setIsAlive(true)
        .setHttpEndPoint(new EndPoint().setAddress(host).setPort(port)));
    answer(null, new ClusterInfo().setMembersList(members));
  };

  /** Why a call is not served now. */
  #refusal(requiresLeader: boolean): ServiceError | null {
    if (!this.ready) return esdbFailures.notReady();
    if (this.refuses !== null) return this.refuses === 'user' ? esdbFailures.unauthenticated() : esdbFailures.denied();
    if (!requiresLeader || this.leader === 'self') return null;
    return this.leader === 'unknown' ? esdbFailures.noLeader() : esdbFailures.notLeader(this.leader.host, this.leader.port);
  }

  readonly #append: handleClientStreamingCall<AppendReq, AppendResp> = (call, answer) => {
    this.calls.append += 1;
    let options = new AppendReq.Options();
    const events: ProposedEvent[] = [];
    call.on('data', (request: AppendReq) => {
      const sent = request.getOptions();
      const message = request.getProposedMessage();
      if (sent) options = sent;
      if (message) events.push(proposed(message));
    });
    call.on('error', () => undefined);
    // A client that gives up in the middle of sending ends the stream too; a server writes nothing of what it did not get whole.
    call.on('end', () => {
      setImmediate(() => {
        if (!call.cancelled) void this.#answerAppend(call, options, events, answer);
      });
    });
  };

  async #answerAppend(call: ServerReadableStream<AppendReq, AppendResp>, options: AppendReq.Options, events: readonly ProposedEvent[], answer: sendUnaryData<AppendResp>): Promise<void> {
    const stream = nameOf(options.getStreamIdentifier());
    const deleted = this.log.isDeleted(stream) ? esdbFailures.streamDeleted(stream) : null;
    const refusal = this.#invalid(stream, events) ?? deleted ?? this.#refusal(call.metadata.get('requires-leader')[0] === 'true');
    if (refusal) {
      answer(refusal);
      return;
    }
    const fault = this.faults.take('append');
    if (fault === 'hang') return;
    if (fault === 'cutBefore') this.cut();
    else if (fault === 'timeoutBefore') answer(esdbFailures.timeout());
    else if (fault instanceof Error) answer(fault);
    else {
      const outcome = await this.#commit(stream, options, events, fault === 'dropInFlight');
      if (call.cancelled) return;
      // A node that has lost its leadership meanwhile says so late, whatever became of the events.
      if (!this.ready) answer(esdbFailures.notReady());
      else if (fault === 'cutAfter') this.cut();
      else if (fault === 'timeoutAfter') answer(esdbFailures.timeout());
      else if (outcome === 'dropped') answer(esdbFailures.commitTimeout());
      else answer(null, appendResponse(outcome, options));
    }
  }

  /** Writes, and takes the time that a commit takes. Who sends the same ids meanwhile is not answered before `dropMs`. */
  async #commit(stream: string, options: AppendReq.Options, events: readonly ProposedEvent[], drop: boolean): Promise<WriteOutcome | 'dropped'> {
    const { commitMs = 0, dropMs = 2_000 } = this.options;
    const outcome = this.log.write(stream, expectedOf(options), events);
    const inFlight = events.some(({ id }) => this.#inFlight.has(id));
    if (drop || (outcome.kind === 'sameAgain' && inFlight)) {
      await pause(dropMs);
      return 'dropped';
    }
    if (outcome.kind === 'written' && commitMs > 0) {
      for (const { id } of events) this.#inFlight.add(id);
      await pause(commitMs);
      for (const { id } of events) this.#inFlight.delete(id);
    }
    return outcome;
  }

  #invalid(stream: string, events: readonly ProposedEvent[]): ServiceError | null {
    const { maxAppendBytes = MAX_APPEND_BYTES } = this.options;
    const bytes = events.reduce((sum, { data, metadata, type }) => sum + data.length + metadata.length + 2 * type.length, 0);
    if (bytes > maxAppendBytes) return esdbFailures.tooBig(maxAppendBytes);
    return stream === '' || events.some(({ id, type }) => type === '' || !ID.test(id)) ? esdbFailures.handler() : null;
  }

  readonly #tombstone: handleUnaryCall<TombstoneReq, TombstoneResp> = (call, answer) => {
    this.calls.other += 1;
    const stream = nameOf(call.request.getOptions()?.getStreamIdentifier());
    const refusal = this.#refusal(call.metadata.get('requires-leader')[0] === 'true') ?? (this.log.isDeleted(stream) ? esdbFailures.streamDeleted(stream) : null);
    if (refusal) {
      answer(refusal);
      return;
    }
    this.log.tombstone(stream);
    const position = new TombstoneResp.Position().setCommitPosition(String(this.log.end)).setPreparePosition(String(this.log.end));
    answer(null, new TombstoneResp().setPosition(position));
  };

  readonly #read: handleServerStreamingCall<ReadReq, ReadResp> = (call) => {
    this.calls.read += 1;
    void this.#answerRead(call);
  };

  async #answerRead(call: ReadCall): Promise<void> {
    const fault = this.faults.take('read');
    const refusal = this.#refusal(call.metadata.get('requires-leader')[0] === 'true') ?? (fault instanceof Error ? fault : null);
    if (refusal) {
      call.emit('error', refusal);
      return;
    }
    if (fault === 'hang') return;
    const cutAfter = typeof fault === 'object' && fault !== null && 'cutAfterEvents' in fault ? { events: fault.cutAfterEvents, cut: () => { this.cut(); } } : null;
    const options = call.request.getOptions();
    if (!options) return;
    try {
      await new EsdbRead(call, this.log, this.faults, cutAfter).answer(options);
    } catch (error) {
      call.emit('error', error);
    }
  }
}

function proposed(message: AppendReq.ProposedMessage): ProposedEvent {
  const facts = message.getMetadataMap();
  return {
    id: message.getId()?.getString().toLowerCase() ?? '',
    type: facts.get('type') ?? '',
    contentType: facts.get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

const expectedOf = (options: AppendReq.Options): number => (options.hasAny() ? ANY : options.hasNoStream() ? NO_STREAM : Number(options.getRevision()));

function appendResponse(outcome: WriteOutcome, options: AppendReq.Options): AppendResp {
  if (outcome.kind !== 'conflict') {
    const position = new AppendResp.Position().setCommitPosition(String(outcome.position)).setPreparePosition(String(outcome.position));
    return new AppendResp().setSuccess(new AppendResp.Success().setCurrentRevision(String(outcome.revision)).setPosition(position));
  }
  const conflict = new AppendResp.WrongExpectedVersion();
  if (outcome.actual === NO_STREAM) conflict.setCurrentNoStream(new Empty());
  else conflict.setCurrentRevision(String(outcome.actual));
  if (options.hasNoStream()) conflict.setExpectedNoStream(new Empty());
  else conflict.setExpectedRevision(options.getRevision());
  return new AppendResp().setWrongExpectedVersion(conflict);
}

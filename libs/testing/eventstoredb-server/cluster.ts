import { randomUUID } from 'node:crypto';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import type { sendUnaryData } from '@grpc/grpc-js';
import { uuidMessage } from './wire.js';

const STREAMS = 'event_store.client.streams.streams';

/** What the server can do: the client chooses its calls by it. */
export const supportedMethods =
  (version: string) =>
  (_call: unknown, reply: sendUnaryData<features.SupportedMethods>): void => {
    const methods = new features.SupportedMethods();
    methods.setEventStoreServerVersion(version);
    const add = (name: string, supported: string[] = []): void => {
      const method = new features.SupportedMethod();
      method.setServiceName(STREAMS);
      method.setMethodName(name);
      method.setFeaturesList(supported);
      methods.addMethods(method);
    };
    for (const name of ['append', 'delete', 'tombstone']) add(name);
    add('read', ['position', 'events']);
    add('batchappend', ['deadline_duration']);
    reply(null, methods);
  };

/** A cluster of one: this server, leading. */
export const clusterInfo =
  (port: () => number) =>
  (_call: unknown, reply: sendUnaryData<gossip.ClusterInfo>): void => {
    const endpoint = new gossip.EndPoint();
    endpoint.setAddress('127.0.0.1');
    endpoint.setPort(port());
    const member = new gossip.MemberInfo();
    member.setInstanceId(uuidMessage(randomUUID()));
    member.setTimeStamp(String(Date.now() * 10_000));
    member.setState(gossip.MemberInfo.VNodeState.LEADER);
    member.setIsAlive(true);
    member.setHttpEndPoint(endpoint);
    const info = new gossip.ClusterInfo();
    info.addMembers(member);
    reply(null, info);
  };

// hd.serialization
export { Serializable, registerClass } from '../serialization.js';
export type { ConfigDict, Serialized, SerializableClass } from '../serialization.js';

// hd.applications: whole models, as Keras has them.
export * from './mobile_net_v2.js';

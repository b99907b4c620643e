// Layers that go through time.
import type { ConfigDict } from '../../serialization.js';
import {
  ConvLSTM2D,
  ConvLSTM2DCell,
  type ConvLSTM2DArgs,
  type ConvLSTM2DCellArgs,
} from './conv_lstm2d.js';
import { GRU, GRUCell, type GRUCellLayerArgs, type GRULayerArgs } from './gru.js';
import { LSTM, LSTMCell, type LSTMCellLayerArgs, type LSTMLayerArgs } from './lstm.js';
import { RNN, type RNNLayerArgs } from './rnn.js';
import {
  SimpleRNN,
  SimpleRNNCell,
  type SimpleRNNCellLayerArgs,
  type SimpleRNNLayerArgs,
} from './simple_rnn.js';
import { StackedRNNCells, type StackedRNNCellsArgs } from './stacked_rnn_cells.js';

export * from './conv_lstm2d.js';
export * from './gru.js';
export * from './lstm.js';
export { RNN, type RNNKwargs, type RNNLayerArgs, type RNNOptions } from './rnn.js';
export { RNNCell, type Cell } from './rnn_cell.js';
export * from './simple_rnn.js';
export { StackedRNNCells, type StackedRNNCellsArgs } from './stacked_rnn_cells.js';

export const rnn = (args: RNNLayerArgs | ConfigDict): RNN =>
  RNN.fromConfig(RNN, args as ConfigDict);
export const simpleRNN = (args: SimpleRNNLayerArgs | ConfigDict): SimpleRNN =>
  new SimpleRNN(args as SimpleRNNLayerArgs);
export const lstm = (args: LSTMLayerArgs | ConfigDict): LSTM => new LSTM(args as LSTMLayerArgs);
export const gru = (args: GRULayerArgs | ConfigDict): GRU => new GRU(args as GRULayerArgs);
export const convLstm2d = (args: ConvLSTM2DArgs | ConfigDict): ConvLSTM2D =>
  new ConvLSTM2D(args as ConvLSTM2DArgs);
export const simpleRNNCell = (args: SimpleRNNCellLayerArgs | ConfigDict): SimpleRNNCell =>
  new SimpleRNNCell(args as SimpleRNNCellLayerArgs);
export const lstmCell = (args: LSTMCellLayerArgs | ConfigDict): LSTMCell =>
  new LSTMCell(args as LSTMCellLayerArgs);
export const gruCell = (args: GRUCellLayerArgs | ConfigDict): GRUCell =>
  new GRUCell(args as GRUCellLayerArgs);
export const convLstm2dCell = (args: ConvLSTM2DCellArgs | ConfigDict): ConvLSTM2DCell =>
  new ConvLSTM2DCell(args as ConvLSTM2DCellArgs);
export const stackedRNNCells = (args: StackedRNNCellsArgs | ConfigDict): StackedRNNCells =>
  new StackedRNNCells(args as StackedRNNCellsArgs);

// SPDX-License-Identifier: Apache-2.0
// Tile port: bus requests for a tile of the mesh become flits (docs/blocks/host_tile.md, "Bus").
//
// It copies a request when it is seen, checks the copy before anything enters the mesh, waits for
// the reply of a read, and gives up after MeshTimeout cycles. A reply is judged in the cycle in
// which it comes, and taken in the next. A write is answered when the host link took it: it has not
// landed then. Requests for the host tile are for the sibling
// sm_host_regs.
module sm_tile_port #(
  parameter int unsigned MeshW     = 1,
  parameter int unsigned MeshH     = 1,
  parameter int unsigned Neurons   = 16,
  parameter int unsigned Synapses  = 256,
  parameter int unsigned Axons     = 64,
  parameter int unsigned Fanouts   = 64,
  parameter int unsigned Plastics  = 128,
  parameter int unsigned DecayBits = 12,
  parameter int unsigned DelayMax  = 15
) (
  input  logic                        clk_i,
  input  logic                        rst_ni,     // power-on and soft reset
  // bus, slave side
  input  logic                        valid_i,
  input  logic                        drop_i,     // what was seen is not for here after all
  input  logic                        write_i,
  input  sm_pkg::tile_t               tile_i,
  input  logic [sm_pkg::AddrBits-1:0] addr_i,
  input  logic [31:0]                 wdata_i,
  output logic                        answer_o,
  output sm_pkg::status_e             status_o,
  output logic [31:0]                 rdata_o,    // zero but with an answer to a read
  // step controller
  input  logic                        running_i,
  input  logic                        fencing_i,  // a master waits for quiet
  output logic                        busy_o,     // a flit is offered, or a read under way
  // host link
  output logic                        flit_valid_o,
  output sm_pkg::flit_t               flit_o,     // data: zero while steps run
  input  logic                        flit_ready_i,
  input  logic                        reply_i,
  input  sm_pkg::flit_t               reply_flit_i
);

  // The largest decay factor and the largest of a table, both powers of two.
  localparam logic [31:0] DecayOne  = 32'd1 << DecayBits;
  localparam logic [31:0] FactorOne = 32'(sm_pkg::FactorOne);

  typedef enum logic [2:0] {Free, Exec, Offer, Reply, Answer} state_e;

  state_e          state_q, state_d;
  sm_pkg::status_e status_q, status_d;
  logic [31:0]     rdata_q, data_q;  // data_q: of the flit
  logic            replied_q;        // the reply came in the last cycle, with the next
  logic [31:0]     reply_data_q;
  logic [15:0]     count_q;  // cycles since the flit was first offered

  // The request, from the cycle after it is seen. It is held until it is answered.
  logic                        write_q;
  sm_pkg::tile_t               tile_q;
  logic [sm_pkg::AddrBits-1:0] addr_q;
  logic [31:0]                 wdata_q;
  always_ff @(posedge clk_i) begin
    write_q <= write_i;
    tile_q  <= tile_i;
    addr_q  <= addr_i;
    wdata_q <= wdata_i;
  end
  logic unused_host;  // known when the request is seen
  assign unused_host = tile_q.host;

  // -------------------------------------------------------------------------------------- checks
  sm_pkg::tile_addr_t word;
  sm_pkg::fanout_t    fanout;
  logic [sm_pkg::IndexBits:0] words;  // size of the region; 0: there is none of that number
  logic               known, writable, bad_fanout, bad_decay, bad_factor;
  sm_pkg::status_e    verdict;

  assign word   = sm_pkg::TileAddrBits'(addr_q);
  assign fanout = sm_pkg::FanoutWidth'(wdata_q);
  // Words 3, 4 and 6 of a neuron are decay factors.
  localparam int unsigned FieldBits = $clog2(sm_pkg::NeuronStride);
  logic [FieldBits-1:0] neuron_word;
  assign neuron_word = FieldBits'(word.index);

  sm_region_words #(
    .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons), .Fanouts(Fanouts), .Plastics(Plastics),
    .DelayMax(DelayMax)
  ) u_region_words (
    .region_i  (word.region),
    .words_o   (words),
    .writable_o(writable)
  );

  assign known = (tile_q.reserved == 3'd0) && ({1'b0, tile_q.x} < 7'(MeshW)) &&
                 ({1'b0, tile_q.y} < 7'(MeshH)) &&
                 ((addr_q >> sm_pkg::TileAddrBits) == '0) &&
                 ({1'b0, word.index} < words);
  assign bad_fanout = (word.region == sm_pkg::RegionFanout) &&
                      ((fanout.mode != sm_pkg::DestModeUnicast) ||
                       (!fanout.host && (({1'b0, fanout.x} >= 7'(MeshW)) ||
                                         ({1'b0, fanout.y} >= 7'(MeshH)) ||
                                         ({1'b0, fanout.axon} >= 13'(Axons)))));
  // Larger than that: a bit above it is set, or it and one below it.
  logic beyond_decay, beyond_factor;
  assign beyond_decay  = ((wdata_q & ~(DecayOne | (DecayOne - 32'd1))) != 32'd0) ||
                         (((wdata_q & DecayOne) != 32'd0) &&
                          ((wdata_q & (DecayOne - 32'd1)) != 32'd0));
  assign beyond_factor = ((wdata_q & ~(FactorOne | (FactorOne - 32'd1))) != 32'd0) ||
                         (((wdata_q & FactorOne) != 32'd0) &&
                          ((wdata_q & (FactorOne - 32'd1)) != 32'd0));
  assign bad_decay = (word.region == sm_pkg::RegionNeuron) &&
                     ((neuron_word == FieldBits'(3)) || (neuron_word == FieldBits'(4)) ||
                      (neuron_word == FieldBits'(6))) && beyond_decay;
  assign bad_factor = (word.region == sm_pkg::RegionTable) && beyond_factor;

  always_comb begin
    verdict = sm_pkg::StatusOk;
    if (!known) verdict = sm_pkg::StatusBadAddress;
    else if (write_q && !writable) verdict = sm_pkg::StatusReadOnly;
    else if (running_i) verdict = sm_pkg::StatusRunning;
    else if (write_q && (bad_fanout || bad_decay || bad_factor)) verdict = sm_pkg::StatusBadValue;
  end

  // ---------------------------------------------------------------------------------- the states
  logic reply_fits, give_up;

  assign reply_fits = reply_i && (reply_flit_i.x == tile_q.x) && (reply_flit_i.y == tile_q.y) &&
                      (reply_flit_i.addr == word);
  logic [4:0] unused_reply;  // what is left of a flit that sm_ring_out saw to be a reply
  assign unused_reply = {reply_flit_i.kind, reply_flit_i.mode, reply_flit_i.host};

  assign give_up    = count_q == 16'(sm_pkg::MeshTimeout);

  always_comb begin
    state_d  = state_q;
    status_d = status_q;
    unique case (state_q)
      // Another master's requests would keep the mesh from being quiet.
      Free: if (valid_i && !tile_i.host && !drop_i && (!fencing_i || running_i)) state_d = Exec;
      Exec: begin
        status_d = verdict;
        if (drop_i) state_d = Free;
        else if (verdict == sm_pkg::StatusOk) state_d = Offer;
        else state_d = Answer;
      end
      Offer: begin
        if (flit_ready_i && write_q) begin
          state_d = Answer;
        end else if (give_up) begin
          status_d = sm_pkg::StatusTimeout;
          state_d  = Answer;
        end else if (flit_ready_i) begin
          state_d = Reply;
        end
      end
      Reply: begin
        if (replied_q) begin
          state_d = Answer;
        end else if (give_up) begin
          status_d = sm_pkg::StatusTimeout;
          state_d  = Answer;
        end
      end
      Answer: state_d = Free;
      default: state_d = Free;
    endcase
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q  <= Free;
      status_q <= sm_pkg::StatusOk;
    end else begin
      state_q  <= state_d;
      status_q <= status_d;
    end
  end

  // Words that are zero but for the cycles in which they count: others are then or-ed to them.
  always_ff @(posedge clk_i) begin
    if (!rst_ni || (state_q == Exec)) count_q <= 16'd0;
    else count_q <= count_q + 16'd1;
    replied_q    <= rst_ni && (state_q == Reply) && reply_fits;
    reply_data_q <= reply_flit_i.data;
    if (!rst_ni || (state_q != Reply) || !replied_q) rdata_q <= 32'd0;
    else rdata_q <= reply_data_q;
    if (!rst_ni || !write_q || ((state_q == Exec) ? running_i : (state_q != Offer))) begin
      data_q <= 32'd0;
    end else if (state_q == Exec) begin
      data_q <= wdata_q;
    end
  end

  assign answer_o     = state_q == Answer;
  assign status_o     = status_q;
  assign rdata_o      = rdata_q;
  assign flit_valid_o = state_q == Offer;
  assign busy_o       = (state_q == Offer) || (state_q == Reply);

  always_comb begin
    flit_o      = '0;
    flit_o.x    = tile_q.x;
    flit_o.y    = tile_q.y;
    flit_o.addr = word;
    flit_o.data = data_q;
    flit_o.kind = write_q ? sm_pkg::FlitKindWrite : sm_pkg::FlitKindRead;
  end

  sm_build_check #(
    .MeshW(MeshW), .MeshH(MeshH), .Neurons(Neurons), .Synapses(Synapses), .Axons(Axons),
    .Fanouts(Fanouts), .Plastics(Plastics), .DecayBits(DecayBits), .DelayMax(DelayMax)
  ) u_build_check ();

endmodule

// SPDX-License-Identifier: Apache-2.0
// Arbiter of the internal bus: one to three masters, one request at a time (docs/blocks/bus.md).
//
// A master holds its request until it is answered. The bus belongs to it until then; of those that
// wait, the first after the one that had the bus last is next. A single master pays no cycle. It
// does not look at addresses: sm_host_regs and sm_tile_port each know theirs.
module sm_bus_arb #(
  parameter int unsigned Masters = 2
) (
  input  logic                                       clk_i,
  input  logic                                       rst_ni,
  // masters: a bit each, a bus_request_t each, the first lowest
  input  logic [Masters-1:0]                         valid_i,
  input  logic [Masters*sm_pkg::BusRequestWidth-1:0] request_i,
  output logic [Masters-1:0]                         answer_o,
  // slaves
  output logic                                       valid_o,
  output sm_pkg::bus_request_t                       request_o,
  output logic [1:0]                                 master_o,  // whose request it is
  input  logic                                       answer_i
);

  localparam int unsigned W = sm_pkg::BusRequestWidth;
  localparam int unsigned MastersMax = 3;

  if ((Masters < 1) || (Masters > MastersMax)) begin : gen_masters
    $error("Masters must be 1 to 3");
  end

  if (Masters == 1) begin : gen_one
    assign valid_o   = valid_i[0];
    assign request_o = request_i;
    assign master_o  = sm_pkg::BusMasterLink;
    assign answer_o  = answer_i;
    logic unused_clock;
    assign unused_clock = ^{clk_i, rst_ni};
  end else begin : gen_more
    logic [MastersMax-1:0]   asks, later, first, owns;
    logic [MastersMax*W-1:0] requests;
    logic                    busy_q;   // the owner waits for its answer
    logic [1:0]              owner_q;  // the master that had the bus last, or has it
    logic [1:0]              owner;

    assign asks     = MastersMax'(valid_i);
    assign requests = (MastersMax * W)'(request_i);
    assign later    = asks & (3'b110 << owner_q);  // those after the one that had it last
    assign first    = (later != '0) ? later : asks;
    always_comb begin
      owner = owner_q;
      if (!busy_q) begin
        if (first[0]) owner = 2'd0;
        else if (first[1]) owner = 2'd1;
        else if (first[2]) owner = 2'd2;
      end
    end
    assign owns = 3'b001 << owner;

    assign valid_o   = (asks & owns) != '0;
    assign request_o = (requests[W-1:0] & {W{owns[0]}}) | (requests[2*W-1:W] & {W{owns[1]}}) |
                       (requests[3*W-1:2*W] & {W{owns[2]}});
    assign master_o  = owner;
    assign answer_o  = {Masters{answer_i}} & Masters'(owns);

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        busy_q  <= 1'b0;
        owner_q <= 2'(Masters - 1);  // master 0 comes first
      end else begin
        busy_q <= valid_o && !answer_i;
        if (valid_o) owner_q <= owner;
      end
    end

`ifndef SYNTHESIS
    always_ff @(posedge clk_i) begin
      if (rst_ni) begin
        assert (!answer_i || busy_q);
        assert (!busy_q || valid_o);
      end
    end
`endif
  end

endmodule

// SPDX-License-Identifier: Apache-2.0
// A second router, from docs/blocks/noc.md and sm_pkg alone: right in order, not in cycles.
//
// Input buffers that count, XY routing, at each output a least-recently-granted arbiter and a
// register that holds the flit until its receiver is ready: one pipeline stage more than ours.
module sm_router #(
  parameter int unsigned RouterDepth = 4
) (
  input  logic                                        clk_i,
  input  logic                                        rst_ni,
  input  logic [sm_pkg::CoordBits-1:0]                x_i,
  input  logic [sm_pkg::CoordBits-1:0]                y_i,
  input  logic [sm_pkg::Ports-1:0]                    valid_i,
  input  logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0]  flit_i,
  output logic [sm_pkg::Ports-1:0]                    ready_o,
  output logic [sm_pkg::Ports-1:0]                    valid_o,
  output logic [sm_pkg::Ports*sm_pkg::FlitWidth-1:0]  flit_o,
  input  logic [sm_pkg::Ports-1:0]                    ready_i,
  output logic                                        busy_o
);
  localparam int unsigned P = sm_pkg::Ports;
  localparam int unsigned W = sm_pkg::FlitWidth;

  logic [P-1:0] head_valid, pop;
  logic [W-1:0] head[P];
  logic [P-1:0] wants[P];    // of each input: the output that its head asks for
  logic [P-1:0] grants[P];   // of each output: the input that it takes
  logic [P-1:0] held_q;      // output registers that hold a flit
  assign busy_o = head_valid != '0 || held_q != '0;

  for (genvar i = 0; i < P; i++) begin : gen_input
    lru_buffer #(
      .Width(W),
      .Depth(RouterDepth)
    ) u_buffer (
      .clk_i,
      .rst_ni,
      .valid_i(valid_i[i]),
      .data_i (flit_i[i*W+:W]),
      .ready_o(ready_o[i]),
      .valid_o(head_valid[i]),
      .data_o (head[i]),
      .pop_i  (pop[i])
    );

    sm_pkg::flit_t flit;
    assign flit = head[i];
    always_comb begin
      wants[i] = '0;
      if (head_valid[i]) begin
        if (flit.host && !(x_i == '0 && y_i != '0)) wants[i][sm_pkg::PortWest] = 1'b1;
        else if (flit.host) wants[i][sm_pkg::PortNorth] = 1'b1;
        else if (flit.x > x_i) wants[i][sm_pkg::PortEast] = 1'b1;
        else if (flit.x < x_i) wants[i][sm_pkg::PortWest] = 1'b1;
        else if (flit.y > y_i) wants[i][sm_pkg::PortSouth] = 1'b1;
        else if (flit.y < y_i) wants[i][sm_pkg::PortNorth] = 1'b1;
        else wants[i][sm_pkg::PortLocal] = 1'b1;
      end
    end
  end

  for (genvar o = 0; o < P; o++) begin : gen_output
    logic [P-1:0] request;
    logic takes;
    logic [W-1:0] chosen, held_flit_q;
    always_comb begin
      chosen = '0;
      for (int i = 0; i < int'(P); i++) begin
        request[i] = wants[i][o];
        if (grants[o][i]) chosen = head[i];
      end
    end
    assign takes = !held_q[o] || ready_i[o];

    lru_arbiter #(
      .N(P)
    ) u_arbiter (
      .clk_i,
      .rst_ni,
      .request_i(takes ? request : '0),
      .grant_o  (grants[o])
    );

    assign valid_o[o] = held_q[o] && ready_i[o];
    assign flit_o[o*W+:W] = held_flit_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) held_q[o] <= 1'b0;
      else if (takes) held_q[o] <= grants[o] != '0;
      if (takes) held_flit_q <= chosen;
    end
  end

  always_comb begin
    pop = '0;
    for (int o = 0; o < int'(P); o++) pop |= grants[o];
  end
endmodule

// Buffer that counts what it holds.
module lru_buffer #(
  parameter int unsigned Width = 8,
  parameter int unsigned Depth = 2
) (
  input  logic             clk_i,
  input  logic             rst_ni,
  input  logic             valid_i,
  input  logic [Width-1:0] data_i,
  output logic             ready_o,
  output logic             valid_o,
  output logic [Width-1:0] data_o,
  input  logic             pop_i
);
  logic [$clog2(Depth+1)-1:0] count_q;
  logic [Width-1:0] slots_q[Depth];  // 0 is the head
  logic push;
  assign ready_o = 32'(count_q) < Depth;
  assign valid_o = count_q != '0;
  assign data_o = slots_q[0];
  assign push = valid_i && ready_o;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      count_q <= '0;
    end else begin
      if (push && !pop_i) count_q <= count_q + 1'b1;
      if (pop_i && !push) count_q <= count_q - 1'b1;
      for (int unsigned s = 0; s < Depth; s++) begin
        if (pop_i && s + 1 < Depth) slots_q[s] <= slots_q[(s + 1) % Depth];
        if (push && s == 32'(count_q) - (pop_i ? 1 : 0)) slots_q[s] <= data_i;
      end
    end
  end
endmodule

// Grants the requester that was granted least recently: beats_q[i][j] says that i comes before j.
module lru_arbiter #(
  parameter int unsigned N = 5
) (
  input  logic         clk_i,
  input  logic         rst_ni,
  input  logic [N-1:0] request_i,
  output logic [N-1:0] grant_o
);
  logic [N-1:0] beats_q[N];
  always_comb begin
    for (int i = 0; i < int'(N); i++) begin
      grant_o[i] = request_i[i];
      for (int j = 0; j < int'(N); j++) begin
        if (request_i[j] && beats_q[j][i]) grant_o[i] = 1'b0;
      end
    end
  end
  always_ff @(posedge clk_i) begin
    for (int i = 0; i < int'(N); i++) begin
      for (int j = 0; j < int'(N); j++) begin
        if (!rst_ni) beats_q[i][j] <= i < j;
        else if (grant_o[i]) beats_q[i][j] <= 1'b0;
        else if (grant_o[j]) beats_q[i][j] <= i != j;
      end
    end
  end
endmodule

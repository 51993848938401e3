// SPDX-License-Identifier: Apache-2.0
// The models of ecp5_cells.sv against what they stand for: memories and products as Yosys maps
// them to cells, beside their source, and the clock of the boards.
`timescale 1ps / 1ps
/* verilator lint_off DECLFILENAME */

// sm_ram_1r1w and what Yosys made of it, on the same random accesses.
module ram_pair #(
  parameter int Width = 8,
  parameter int Depth = 16
) (
  input  logic clk_i,
  output int   compared_o
);
  localparam int Bits = $clog2(Depth);

  logic             wr_en, rd_en, known;
  logic [Bits-1:0]  wr_addr, rd_addr;
  logic [Width-1:0] wr_data, source, gates;
  logic [Depth-1:0] written;

  sm_ram_1r1w #(.Width(Width), .Depth(Depth)) u_source (
    .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
    .rd_addr_i(rd_addr), .rd_data_o(source)
  );
  // What Yosys made of it.
  if (Width == 1 && Depth == 16384) begin : gen_1
    ram_1_16384 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 2 && Depth == 8192) begin : gen_2
    ram_2_8192 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 4 && Depth == 4096) begin : gen_4
    ram_4_4096 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 9 && Depth == 2048) begin : gen_9
    ram_9_2048 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 18 && Depth == 1024) begin : gen_18
    ram_18_1024 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 36 && Depth == 512) begin : gen_36
    ram_36_512 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end else if (Width == 25 && Depth == 1024) begin : gen_25
    ram_25_1024 u_gates (
      .clk_i, .wr_en_i(wr_en), .wr_addr_i(wr_addr), .wr_data_i(wr_data), .rd_en_i(rd_en),
      .rd_addr_i(rd_addr), .rd_data_o(gates)
    );
  end

  initial begin
    {wr_en, rd_en, known} = '0;
    written    = '0;
    compared_o = 0;
  end

  // A word is looked at once it was written; never the one that is written in the same cycle.
  always @(negedge clk_i) begin
    if (known && rd_en) begin
      compared_o = compared_o + 1;
      if (gates !== source) begin
        $fatal(1, "%0d x %0d bits: %h, but the source has %h", Depth, Width, gates, source);
      end
    end
    wr_en   = $urandom_range(3) != 0;
    rd_en   = $urandom_range(3) != 0;
    wr_addr = Bits'($urandom());
    rd_addr = ($urandom_range(1) != 0) ? Bits'($urandom()) : wr_addr ^ Bits'(1);
    wr_data = Width'({$urandom(), $urandom()});
    if (wr_en && (rd_addr == wr_addr)) rd_en = 1'b0;
    if (rd_en) known = written[rd_addr];
    if (wr_en) written[wr_addr] = 1'b1;
  end
endmodule

module cells_tb;
  logic clk = 1'b0, clk_25mhz = 1'b0;
  always #5000 clk = !clk;
  always #20000 clk_25mhz = !clk_25mhz;

  int compared[7];
  ram_pair #(.Width(1), .Depth(16384)) u_1 (.clk_i(clk), .compared_o(compared[0]));
  ram_pair #(.Width(2), .Depth(8192)) u_2 (.clk_i(clk), .compared_o(compared[1]));
  ram_pair #(.Width(4), .Depth(4096)) u_4 (.clk_i(clk), .compared_o(compared[2]));
  ram_pair #(.Width(9), .Depth(2048)) u_9 (.clk_i(clk), .compared_o(compared[3]));
  ram_pair #(.Width(18), .Depth(1024)) u_18 (.clk_i(clk), .compared_o(compared[4]));
  ram_pair #(.Width(36), .Depth(512)) u_36 (.clk_i(clk), .compared_o(compared[5]));
  ram_pair #(.Width(25), .Depth(1024)) u_25 (.clk_i(clk), .compared_o(compared[6]));

  logic signed [17:0] a, b;
  logic [35:0] product, product_unsigned;
  mul_signed u_signed (.a, .b, .y(product));
  mul_unsigned u_unsigned (.a, .b, .y(product_unsigned));

  logic clk_48mhz, locked;
  sm_ecp5_clock u_clock (.clk_25mhz_i(clk_25mhz), .clk_48mhz_o(clk_48mhz), .locked_o(locked));
  int edges = 0;
  realtime first, last;
  always @(posedge clk_48mhz) begin
    if (locked) begin
      if (edges == 0) first = $realtime;
      last = $realtime;
      edges = edges + 1;
    end
  end

  task automatic check_product(input logic [17:0] x, input logic [17:0] y);
    a = x;
    b = y;
    #1;
    if (product !== 36'(36'(signed'(x)) * 36'(signed'(y)))) begin
      $fatal(1, "%0d * %0d = %h", a, b, product);
    end
    if (product_unsigned !== 36'(x) * 36'(y)) begin
      $fatal(1, "%0d * %0d = %h, unsigned", x, y, product_unsigned);
    end
  endtask

  initial begin
    realtime mhz;
    for (int i = 0; i < 16; i++) begin
      check_product(i[0] ? 18'h20000 : 18'h1ffff, i[1] ? 18'h20000 : i[2] ? 18'h3ffff : 18'h1ffff);
    end
    for (int i = 0; i < 20000; i++) check_product(18'($urandom()), 18'($urandom()));
    #400_000_000;  // 40,000 cycles
    for (int i = 0; i < 7; i++) begin
      if (compared[i] < 5000) $fatal(1, "memory %0d: %0d words", i, compared[i]);
    end
    mhz = 1.0e6 * (edges - 1) / (last - first);
    if (!locked || (edges < 10000) || (mhz < 47.999) || (mhz > 48.001)) begin
      $fatal(1, "the clock has %0f MHz, %0d edges, locked %0d", mhz, edges, locked);
    end
    $display("7 memories, 20,000 products, %0f MHz: the cells do what they stand for", mhz);
    $finish;
  end
endmodule

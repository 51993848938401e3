// SPDX-License-Identifier: Apache-2.0
// Program and data memory of the management core, and what it accesses beside them
// (docs/blocks/management_core.md, "Accesses of the core"). All of it is on the core's clock.
//
// A memory has one read port and one write port. The chip's bus comes first, then data, then
// instructions; who has to wait is not granted. Data waits for the bus at either memory, so that
// one word is chosen for both of them. An access to neither memory is handed to sm_mgmt_port by
// ask_o and registers, one at a time.
module sm_mgmt_memory #(
  parameter  int unsigned Program     = 4096,  // words
  parameter  int unsigned Data        = 2048,
  localparam int unsigned ProgramBits = $clog2(Program),
  localparam int unsigned DataBits    = $clog2(Data)
) (
  input  logic        clk_i,
  input  logic        rst_ni,       // of the chip
  input  logic        core_rst_ni,  // of the core
  // instructions
  input  logic        instr_req_i,
  output logic        instr_gnt_o,
  output logic        instr_rvalid_o,
  input  logic [31:0] instr_addr_i,
  output logic [31:0] instr_rdata_o,
  output logic        instr_err_o,
  // data
  input  logic        data_req_i,
  output logic        data_gnt_o,
  output logic        data_rvalid_o,
  input  logic        data_we_i,
  input  logic [3:0]  data_be_i,
  input  logic [31:0] data_addr_i,
  input  logic [31:0] data_wdata_i,
  output logic [31:0] data_rdata_o,
  // what lies elsewhere: held while ask_o is 1
  output logic        ask_o,
  output logic        ask_write_o,
  output logic [31:0] ask_addr_o,
  output logic [3:0]  ask_strb_o,
  output logic [31:0] ask_wdata_o,
  input  logic        ask_done_i,
  input  logic        ask_ok_i,
  input  logic [31:0] ask_rdata_i,
  // the chip's bus: held until bus_done_o is 1, which holds until bus_ask_i falls
  input  logic        bus_ask_i,
  input  logic        bus_write_i,
  input  logic        bus_program_i,  // which memory
  input  logic [15:0] bus_addr_i,
  input  logic [31:0] bus_wdata_i,
  output logic        bus_done_o,
  output logic [31:0] bus_rdata_o
);
  localparam logic [31:0] ProgramFirst = 32'(4 * sm_mgmt_pkg::MgmtProgramBase);
  localparam logic [31:0] DataFirst    = 32'(4 * sm_mgmt_pkg::MgmtDataBase);

  if ((Program < 256) || (Program > sm_mgmt_pkg::MgmtProgramWords) ||
      ((Program & (Program - 1)) != 0)) begin : gen_program
    $error("MgmtProgram must be 256 to 65536 and a power of two");
  end
  if ((Data < 256) || (Data > sm_mgmt_pkg::MgmtDataWords) ||
      ((Data & (Data - 1)) != 0)) begin : gen_data
    $error("MgmtData must be 256 to 65536 and a power of two");
  end

  // -------------------------------------------------------------------------- who has which memory
  logic fetch_in_program, data_in_program, data_in_data, bus_turn, bus_program, bus_data;
  logic load_program, elsewhere, fetch, bus_access, bus_issued_q, bus_done_q, ask_q, ask_ends;
  logic bus_program_q, bus_data_q;  // the bus asks, as the core's clock has seen it

  assign fetch_in_program = (instr_addr_i >> (ProgramBits + 2)) ==
                            (ProgramFirst >> (ProgramBits + 2));
  assign data_in_program  = !data_we_i && ((data_addr_i >> (ProgramBits + 2)) ==
                                           (ProgramFirst >> (ProgramBits + 2)));
  assign data_in_data     = (data_addr_i >> (DataBits + 2)) == (DataFirst >> (DataBits + 2));
  assign elsewhere        = !data_in_program && !data_in_data;

  assign bus_turn    = !bus_issued_q && !bus_done_q;
  assign bus_program = bus_turn && bus_program_q;
  assign bus_data    = bus_turn && bus_data_q;

  assign bus_access  = bus_program || bus_data;

  assign data_gnt_o   = data_req_i && !ask_q && !bus_access;
  assign load_program = data_gnt_o && data_in_program;
  assign instr_gnt_o  = instr_req_i && !load_program && !bus_program;
  assign fetch        = instr_gnt_o && fetch_in_program;

  // ---------------------------------------------------------------------------------- the memories
  logic [ProgramBits-1:0] program_addr;
  logic [DataBits-1:0]    data_addr;
  logic [31:0]            program_rdata, data_rdata, data_wdata;
  logic [3:0]             data_strb;
  logic                   store, load;

  always_comb begin
    program_addr = instr_addr_i[ProgramBits+1:2];
    if (bus_program) program_addr = ProgramBits'(bus_addr_i);
    else if (load_program) program_addr = data_addr_i[ProgramBits+1:2];
  end

  sm_ram_1r1w #(.Width(32), .Depth(Program)) u_program (
    .clk_i,
    .wr_en_i  (bus_program && bus_write_i),
    .wr_addr_i(ProgramBits'(bus_addr_i)),
    .wr_data_i(bus_wdata_i),
    .rd_en_i  ((bus_program && !bus_write_i) || load_program || fetch),
    .rd_addr_i(program_addr),
    .rd_data_o(program_rdata)
  );

  assign data_addr  = bus_data ? DataBits'(bus_addr_i) : data_addr_i[DataBits+1:2];
  assign data_wdata = bus_data ? bus_wdata_i : data_wdata_i;
  assign store      = bus_data ? bus_write_i : data_gnt_o && data_in_data && data_we_i;
  assign load       = bus_data ? !bus_write_i : data_gnt_o && data_in_data && !data_we_i;
  assign data_strb  = bus_data ? 4'hF : data_be_i;

  for (genvar i = 0; i < 4; i++) begin : gen_byte
    sm_ram_1r1w #(.Width(8), .Depth(Data)) u_data (
      .clk_i,
      .wr_en_i  (store && data_strb[i]),
      .wr_addr_i(data_addr),
      .wr_data_i(data_wdata[8*i+:8]),
      .rd_en_i  (load),
      .rd_addr_i(data_addr),
      .rd_data_o(data_rdata[8*i+:8])
    );
  end

  // --------------------------------------------------------------------------- answers to the core
  typedef enum logic [1:0] {FromProgram, FromData, FromElsewhere} from_e;
  logic        instr_rvalid_q, instr_err_q, data_rvalid_q, ask_write_q;
  from_e       from_q;
  logic [31:0] ask_addr_q, ask_wdata_q, rdata_q;
  logic [3:0]  ask_strb_q;

  always_ff @(posedge clk_i) begin
    if (!core_rst_ni) begin
      instr_rvalid_q <= 1'b0;
      instr_err_q    <= 1'b0;
      data_rvalid_q  <= 1'b0;
      ask_q          <= 1'b0;
    end else begin
      instr_rvalid_q <= instr_gnt_o;
      instr_err_q    <= !fetch_in_program;
      data_rvalid_q  <= (data_gnt_o && !elsewhere) || ask_ends;
      if (data_gnt_o && elsewhere) ask_q <= 1'b1;
      else if (ask_ends) ask_q <= 1'b0;
    end
  end
  // An access that failed is never answered: the core waits until it is reset.
  assign ask_ends = ask_q && ask_done_i && ask_ok_i && !bus_access;

  always_ff @(posedge clk_i) begin
    if (data_gnt_o && elsewhere) begin
      ask_write_q <= data_we_i;
      ask_addr_q  <= data_addr_i;
      ask_strb_q  <= data_be_i;
      ask_wdata_q <= data_wdata_i;
    end
    rdata_q <= ask_rdata_i;
    if (bus_program || load_program) from_q <= FromProgram;
    else if (ask_q && !bus_data) from_q <= FromElsewhere;
    else from_q <= FromData;
  end

  assign instr_rvalid_o = instr_rvalid_q;
  assign instr_err_o    = instr_err_q;
  assign instr_rdata_o  = program_rdata;
  assign data_rvalid_o  = data_rvalid_q;
  always_comb begin
    unique case (from_q)
      FromProgram: data_rdata_o = program_rdata;
      FromData: data_rdata_o = data_rdata;
      default: data_rdata_o = rdata_q;
    endcase
  end

  assign ask_o       = ask_q;
  assign ask_write_o = ask_write_q;
  assign ask_addr_o  = ask_addr_q;
  assign ask_strb_o  = ask_strb_q;
  assign ask_wdata_o = ask_wdata_q;

  // ---------------------------------------------------------------------------- answers to the bus
  logic [31:0] bus_rdata_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      bus_program_q <= 1'b0;
      bus_data_q    <= 1'b0;
      bus_issued_q  <= 1'b0;
      bus_done_q    <= 1'b0;
    end else begin
      bus_program_q <= bus_ask_i && bus_program_i;
      bus_data_q    <= bus_ask_i && !bus_program_i;
      bus_issued_q  <= bus_access;
      bus_done_q    <= bus_ask_i && (bus_issued_q || bus_done_q);
    end
  end
  always_ff @(posedge clk_i) begin
    if (bus_issued_q) bus_rdata_q <= data_rdata_o;
  end
  assign bus_done_o  = bus_done_q;
  assign bus_rdata_o = bus_rdata_q;

  logic unused_addr;
  assign unused_addr = ^{instr_addr_i[1:0], data_addr_i[1:0], bus_addr_i};

endmodule

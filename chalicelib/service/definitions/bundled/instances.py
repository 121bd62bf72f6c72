"""The texts of the workflows that come with the service: machines of EC2."""

from __future__ import annotations

CREATE_INSTANCE = """---
version: '2.0'

create_instance:
  type: direct

  description: |
    Runs a machine of EC2 and waits until it is running and, if `ssh` says how to log in, until that is possible.

  input:
    - name                # its tag Name
    - image               # an id, or the name of an image of this account or of Amazon's: the newest one of that name
    - flavor              # the instance type
    - keypair: null
    - network: null       # a subnet: its id, or its tag Name
    - ssh: null           # username and private_key or password, as of std.ssh
    - region: null
    - options: {}         # further members of RunInstances, such as SecurityGroupIds

  output:
    id: <% $.vm_id %>
    name: <% $.name %>
    status: <% $.status %>
    address: <% $.address %>

  output-on-error:
    id: <% $.get(vm_id) %>
    name: <% $.name %>

  task-defaults:
    safe-rerun: true

  tasks:
    choose_image:
      action: std.noop
      publish:
        image_id: <% $.image %>
      on-success:
        - get_image: <% not $.image.startsWith('ami-') %>
        - choose_network: <% $.image.startsWith('ami-') %>

    get_image:
      description: Get image ID from name
      action: aws.ec2_describe_images
      input:
        Owners: [self, amazon]      # nobody else can slip in an image of this name
        Filters: [{Name: name, Values: [<% $.image %>]}]
        _region: <% $.region %>
      publish:
        image_id: <% task().result.Images.orderByDescending($.CreationDate).select($.ImageId).first(null) %>
      on-success:
        - fail(msg="There is no image <% $.image %> of this account or of Amazon's."): <% $.image_id = null %>
        - choose_network: <% $.image_id != null %>

    choose_network:
      action: std.noop
      publish:
        subnet_id: <% $.network %>
      on-success:
        - get_network: <% $.network != null and not $.network.startsWith('subnet-') %>
        - create_vm: <% $.network = null or $.network.startsWith('subnet-') %>

    get_network:
      description: Get subnet ID from name
      action: aws.ec2_describe_subnets
      input:
        Filters: [{Name: 'tag:Name', Values: [<% $.network %>]}]
        _region: <% $.region %>
      publish:
        subnet_id: <% task().result.Subnets.select($.SubnetId).first(null) %>
      on-success:
        - fail(msg="There is no subnet with the tag Name=<% $.network %>."): <% $.subnet_id = null %>
        - create_vm: <% $.subnet_id != null %>

    create_vm:
      description: Create an instance
      action: aws.ec2_run_instances
      input: >-
        <% {ImageId => $.image_id, InstanceType => $.flavor, MinCount => 1, MaxCount => 1,
        KeyName => $.keypair, SubnetId => $.subnet_id, _region => $.region,
        TagSpecifications => [{ResourceType => instance, Tags => [{Key => Name, Value => $.name}]}]}
        + $.options %>
      publish:
        vm_id: <% task().result.Instances[0].InstanceId %>
      on-success:
        - wait_vm_active

    wait_vm_active:
      description: Waits till instance is running.
      workflow: std.wait_for_instance
      input:
        instance_id: <% $.vm_id %>
        ssh: <% $.ssh %>
        region: <% $.region %>
      publish:
        status: <% task().result.status %>
        address: <% task().result.address %>
"""

DELETE_INSTANCE = """---
version: '2.0'

delete_instance:
  type: direct

  input:
    - instance_id
    - region: null

  description: Terminates a machine of EC2 and waits until that is done.

  task-defaults:
    safe-rerun: true

  tasks:
    delete_vm:
      description: Destroy VM.
      action: aws.ec2_terminate_instances
      input:
        InstanceIds: [<% $.instance_id %>]
        _region: <% $.region %>
      on-success:
        - find_given_vm

    find_given_vm:
      description: Checks that VM is already deleted.
      workflow: std.wait_for_instance
      input:
        instance_id: <% $.instance_id %>
        status: terminated
        region: <% $.region %>
"""

WAIT_FOR_INSTANCE = """---
version: '2.0'

std.wait_for_instance:
  type: direct

  description: |
    Waits until a machine of EC2 is in a state and, if `ssh` says how to log in, until a command can be run on it.

  input:
    - instance_id
    - status: running     # or stopped, terminated; a machine that is not there counts as terminated
    - ssh: null           # input of std.ssh; host is the machine's address, cmd is 'true'
    - region: null
    - count: 60           # how often is looked again,
    - delay: 10           # and after how many seconds

  output:
    id: <% $.instance_id %>
    status: <% $.found %>
    address: <% $.address %>

  task-defaults:
    safe-rerun: true

  tasks:
    look:
      description: A filter, as a machine that was made a moment ago may not be known by its id yet.
      action: aws.ec2_describe_instances
      input:
        Filters: [{Name: instance-id, Values: [<% $.instance_id %>]}]
        _region: <% $.region %>
      retry:
        count: <% $.count %>
        delay: <% $.delay %>
        continue-on: >-
          <% isDict(task().result) and 'Reservations' in task().result.keys()
          and not (task().result.Reservations.selectMany($.Instances).select($.State.Name).first(absent)
          in [$.status, terminated, switch($.status = terminated => absent, true => 'shutting-down')]) %>
      publish:
        found: >-
          <% switch($.status = terminated =>
          task().result.Reservations.selectMany($.Instances).select($.State.Name).first(terminated),
          true => task().result.Reservations.selectMany($.Instances).select($.State.Name).first(absent)) %>
        address: >-
          <% task().result.Reservations.selectMany($.Instances)
          .select(coalesce($.get(PublicIpAddress), $.get(PrivateIpAddress))).first(null) %>
        problem: >-
          Machine <% $.instance_id %> is
          <% task().result.Reservations.selectMany($.Instances).select($.State.Name).first(absent) %>,
          not <% $.status %>.<% task().result.Reservations.selectMany($.Instances)
          .select($.get(StateReason, {}).get(Message)).where($ != null).select(' ' + $).first('') %>
      on-success:
        - fail(msg="<% $.problem %>"): <% $.found != $.status %>
        - log_in: <% $.ssh != null %>

    log_in:
      description: Answers as soon as somebody can log in.
      action: std.ssh
      input: "<% {host => $.address, cmd => 'true'} + $.ssh %>"
      retry:
        count: <% $.count %>
        delay: <% $.delay %>
"""
